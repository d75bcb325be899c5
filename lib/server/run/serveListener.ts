import { catchError, EMPTY, identity, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { EchoError } from '../../errors';
import type { EchoEvent } from '../../events';
import { Signal } from '../../streams/signal';
import { omitUndefined } from '../../omitUndefined';
import { defaults } from '../../options';
import type { DroppedDatagram } from '../../peer';
import { accessControl } from '../limits/accessControl';
import type { Listener } from './listenerBinders';
import { FaultControl } from '../../faults/faultControl';
import { randomSeed } from '../../stages/seededRandom';
import { maxFlowsForHeap } from '../limits/maxFlowsForHeap';
import { takeOneAcross } from '../limits/takeOneAcross';
import { transportsOf, type ServerOptions } from '../serverOptions';
import type { Pipelines } from './pipelines';
import { stageContexts } from '../../stages/stageContexts';
import type { StageEnvironment } from '../../stageEnvironment';
import type { ShutdownSchedule } from '../stop/shutdownSchedule';

type Emit = (event: EchoEvent) => void;

/** Serves each listener by itself, so that one which fails ends alone. */
export const serveListener = (
  options: ServerOptions,
  { connections, datagrams }: Pipelines,
  { signal$, flush$, deadline$ }: ShutdownSchedule,
  emit: Emit,
): ((listener: Listener) => Observable<EchoEvent>) => {
  const { access, stages, seed, onFaultDecision, scheduler = defaults.scheduler, idleMs, maxFlows } = options;
  const faults = options.faults ?? (stages && new FaultControl(stages, { transports: transportsOf(options), seed }));
  const shared = { ...sayings(emit), scheduler, flush$: Signal.of(flush$), onFaultDecision };
  const environment = { ...shared, seed: faults?.seed ?? seed ?? randomSeed() };
  const through = faults?.through(stageContexts(environment));
  const controls = { signal$, deadline$, environment, ...omitUndefined({ through }) };
  const onDropped = (dropped: DroppedDatagram): void => emit({ kind: 'dropped', ...dropped });
  const flowsOptions = {
    ...omitUndefined({ idleMs, sharedBudget: options.limits?.buffered }),
    maxFlows: maxFlows ?? fittingIn(faults, emit),
    scheduler,
    onDropped,
  };
  const only = options.once ? takeOneAcross() : () => identity;

  return (listener) => {
    if (listener.transport === 'tcp') {
      const connections$ = listener.connections$.pipe(
        isolateListener(listener, emit),
        accessControl(access, emit),
        only(),
      );
      return connections$.pipe(connections({ ...controls, queue: listener.queue }));
    }
    const datagrams$ = listener.datagrams$.pipe(isolateListener(listener, emit), accessControl(access, emit), only());
    return datagrams$.pipe(datagrams({ ...controls, queue: listener.queue, ...flowsOptions }));
  };
};

/** Turns what stages log and print into events. */
const sayings = (emit: Emit): Pick<StageEnvironment, 'log' | 'print'> => ({
  log: (message, level = 'info') => emit({ kind: 'log', level, message }),
  print: (lines) => emit({ kind: 'output', lines }),
});

/**
 * Turns the error of a listener into an event. It stands before the `mergeMap`, where an error would abort every
 * connection.
 */
const isolateListener = <T>({ transport, local }: Listener, emit: Emit): MonoTypeOperatorFunction<T> =>
  catchError((error: unknown) => {
    if (!(error instanceof EchoError)) throw error;
    emit({ kind: 'failed', transport, local, error });
    return EMPTY;
  });

/** Limits the flows to those that fit into the heap with the current stages, and logs the number when it changes. */
const fittingIn = (faults: FaultControl | undefined, emit: Emit): (() => number) => {
  let stages: number | undefined;
  let fitting = defaults.maxFlows as number;
  return () => {
    const now = faults?.size ?? 0;
    if (stages === now) return fitting;
    stages = now;
    fitting = maxFlowsForHeap(stages);
    emit({ kind: 'log', level: 'debug', message: `at most ${fitting} UDP flows, as many as fit into the heap` });
    return fitting;
  };
};
