import { catchError, EMPTY, identity, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { EchoError } from '../errors';
import type { EchoEvent } from '../events';
import { given } from '../given';
import { defaults } from '../options';
import type { DroppedDatagram } from '../peer';
import { admit } from './admit';
import type { Listener } from './listener';
import { echoConnections } from './echoConnections';
import { echoDatagrams } from './echoDatagrams';
import { echoFlows } from './echoFlows';
import { FaultControl } from './faultControl';
import { fittingFlows } from './fittingFlows';
import { onlyFirst } from './onlyFirst';
import { transportsOf, type EchoServerOptions } from './options';
import { stageContexts } from './stageContexts';
import type { StopPlan } from './stopPlan';

type Say = (event: EchoEvent) => void;

/** How one server serves a listener of its own: each is an echo by itself, and ends alone when it fails. */
export const serve = (
  options: EchoServerOptions,
  { signal$, flush$, deadline$ }: StopPlan,
  say: Say,
): ((listener: Listener) => Observable<EchoEvent>) => {
  const { access, stages, seed, decided, scheduler = defaults.scheduler, idleMs, maxFlows } = options;
  const faults = options.faults ?? (stages && new FaultControl(stages, { transports: transportsOf(options), seed }));
  const through = faults && faults.through(stageContexts({ scheduler, flush$, say, decided, seed: faults.seed }));
  const controls = { signal$, deadline$, ...given({ through }) };
  const onDropped = (dropped: DroppedDatagram): void => say({ kind: 'dropped', ...dropped });
  const flowsOptions = {
    ...given({ idleMs, pool: options.limits?.held }),
    maxFlows: maxFlows ?? fittingIn(faults, say),
    scheduler,
    onDropped,
  };
  const only = options.once ? onlyFirst() : () => identity;

  return (listener) => {
    if (listener.transport === 'tcp') {
      const connections$ = listener.connections$.pipe(endAlone(listener, say), admit(access, say), only());
      return connections$.pipe(echoConnections({ ...controls, queue: listener.queue }));
    }
    const udpControls = { ...controls, queue: listener.queue };
    const datagrams$ = listener.datagrams$.pipe(endAlone(listener, say), admit(access, say), only());
    return datagrams$.pipe(faults ? echoFlows({ ...udpControls, ...flowsOptions }) : echoDatagrams(udpControls));
  };
};

/** An error of a listener is an event and its end; before the `mergeMap`, where it would cut every connection. */
const endAlone = <T>({ transport, local }: Listener, say: Say): MonoTypeOperatorFunction<T> =>
  catchError((error: unknown) => {
    if (!(error instanceof EchoError)) throw error;
    say({ kind: 'failed', transport, local, error });
    return EMPTY;
  });

/** As many flows as fit with the stages that there are at the time; the number is said when it changes. */
const fittingIn = (faults: FaultControl | undefined, say: Say): (() => number) => {
  let stages: number | undefined;
  let fitting = defaults.maxFlows as number;
  return () => {
    if (stages === faults?.size) return fitting;
    stages = faults?.size ?? 0;
    fitting = fittingFlows(stages);
    say({ kind: 'noted', level: 'debug', message: `at most ${fitting} UDP flows: that many fit into the heap` });
    return fitting;
  };
};
