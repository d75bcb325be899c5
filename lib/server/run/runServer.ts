import { defer, EMPTY, finalize, merge, mergeMap, Subject, takeUntil, type Observable, type Subscription } from 'rxjs';
import type { EchoEvent } from '../../events';
import { checkUdpOptions, defaults, assertInRange, assertPort } from '../../options';
import { bindAll } from '../../net/bindAll';
import type { Peer } from '../../peer';
import { type Listener, listenerBinders } from './listenerBinders';
import { idleTimeout } from '../limits/idleTimeout';
import { limitsOf, type Limits } from '../limits/limits';
import { resolveHosts } from './resolveHosts';
import type * as kernel from './overflows';
import { transportsOf, type ServerOptions } from '../serverOptions';
import type { Pipelines } from './pipelines';
import { report } from '../stop/report';
import { serveListener } from './serveListener';
import { ServerStats } from '../serverStats';
import { shutdownSchedule, type ShutdownSchedule } from '../stop/shutdownSchedule';

/**
 * Runs a server with the given pipelines, as a cold Observable of its events.
 *
 * ```text
 * requests$    ------------s-------       a signal to stop
 * runServer    -l-o--c-o---t--c(r|)       listening, opened, closed, stopping, stopped with the report
 * ```
 *
 * It binds when subscribed, and completes when it has stopped; the last event is the report. Errors with
 * `ERR_ECHO_LISTEN` when an address cannot be bound; nothing is bound then. Unsubscribing aborts everything.
 *
 * @throws `ERR_ECHO_OPTION` for an invalid option.
 */
export const runServer = (asked: ServerOptions, pipelines: Pipelines): Observable<EchoEvent> => {
  const limits = asked.limits ?? limitsOf(asked);
  const options = limits ? { ...asked, limits } : asked;
  const { hosts = [], port, scheduler = defaults.scheduler, lingerMs = defaults.lingerMs } = options;
  assertPort(port);
  assertInRange('lingerMs', lingerMs, 0);
  assertInRange('idleMs', options.idleMs ?? defaults.idleMs, 1);
  assertInRange('maxFlows', options.maxFlows ?? defaults.maxFlows, 1);
  checkUdpOptions(options);
  return defer(() => {
    const notices$ = new Subject<EchoEvent>();
    const emit = (event: EchoEvent): void => notices$.next(event);
    const stats = (options.stats ?? new ServerStats()) as ServerStats<Peer>;
    const plan = shutdownSchedule(options.requests$, scheduler);
    const serve = serveListener(options, pipelines, plan, emit);
    const served$ = resolveHosts(hosts, port, transportsOf(options)[0] ?? 'tcp').pipe(
      mergeMap((addresses) =>
        bindAll(listenerBinders(options, addresses, pipelines.reuseReadBuffer, emit), port, scheduler),
      ),
      takeUntil(plan.signal$),
      mergeMap((listeners) => {
        for (const listener of listeners) if (listener.transport === 'udp') stats.watch(listener);
        listeners.map(listening).forEach(emit);
        plan.subscription.add(emitOverflows(listeners, options, plan, emit));
        return merge(...listeners.map(serve));
      }),
      finalize(() => notices$.complete()),
    );
    const announcedAndServed$ = defer(() => {
      plan.subscription.add(emitPauses(limits, emit));
      plan.subscription.add(idleTimeout(limits, stats.openPeers, plan.signal$, scheduler));
      // First of all that follows from the signal, so that what the signal closes is counted.
      plan.subscription.add(plan.signal$.subscribe(() => emit({ kind: 'stopping' })));
      return served$;
    });
    // Every event of every connection passes here, so rare notices travel beside the stream (016).
    return merge(notices$, announcedAndServed$).pipe(
      report(stats),
      finalize(() => plan.subscription.unsubscribe()),
    );
  });
};

const listening = ({ transport, local }: Listener): EchoEvent => ({ kind: 'listening', transport, local });

/** Emits the drops of the kernel in front of the listeners. With workers, only the primary looks (008). */
const emitOverflows = (
  listeners: readonly Listener[],
  { scheduler = defaults.scheduler, acceptQueueDrained$ }: ServerOptions,
  { signal$ }: ShutdownSchedule,
  emit: (event: EchoEvent) => void,
): Subscription => {
  // Loaded when it listens, so that no start waits for it (010).
  const { acceptQueueOverflows, receiveOverflows } = require('./overflows') as typeof kernel;
  const udp = listeners.flatMap((listener) => (listener.transport === 'udp' ? listener : []));
  const accepts = acceptQueueDrained$ === undefined && listeners.some(({ transport }) => transport === 'tcp');
  return merge(
    ...udp.map((listener) => receiveOverflows(listener, signal$, scheduler)),
    accepts ? acceptQueueOverflows(signal$, scheduler) : EMPTY,
  ).subscribe(emit);
};

/** Emits `paused` when the shared budget closes, which pauses all reading. */
const emitPauses = (limits: Limits | undefined, emit: (event: EchoEvent) => void): (() => void) => {
  const { buffered } = limits ?? {};
  const gate = {
    onChange: () => buffered?.open === false && emit({ kind: 'paused', bufferedBytes: buffered.bufferedBytes }),
  };
  buffered?.add(gate);
  return () => buffered?.delete(gate);
};
