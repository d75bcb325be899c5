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
 * A whole server as a cold Observable of its events, whatever its pipelines do with what comes: binds when subscribed, and
 * completes when it has stopped, its last event being the report.
 *
 * ```text
 * requests$    ------------s-------       a signal to stop
 * runServer    -l-o--c-o---t--c(r|)       listening, opened, closed, stopping, stopped with the report
 * ```
 *
 * Errors with `ERR_ECHO_LISTEN` when an address cannot be bound; nothing is bound then. Unsubscribing cuts everything.
 *
 * @throws `ERR_ECHO_OPTION` for an option out of its range.
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
      // Before anything else follows from the signal: what it closes is counted from here on.
      plan.subscription.add(plan.signal$.subscribe(() => emit({ kind: 'stopping' })));
      return served$;
    });
    // Every event of every connection passes here: what happens beside the stream passes no other operator.
    return merge(notices$, announcedAndServed$).pipe(
      report(stats),
      finalize(() => plan.subscription.unsubscribe()),
    );
  });
};

const listening = ({ transport, local }: Listener): EchoEvent => ({ kind: 'listening', transport, local });

/** What the kernel dropped in front of the listeners. In a worker of node:cluster the primary accepts, and it alone looks. */
const emitOverflows = (
  listeners: readonly Listener[],
  { scheduler = defaults.scheduler, acceptQueueDrained$ }: ServerOptions,
  { signal$ }: ShutdownSchedule,
  emit: (event: EchoEvent) => void,
): Subscription => {
  // Loaded once it listens: no start waits for it.
  const { acceptQueueOverflows, receiveOverflows } = require('./overflows') as typeof kernel;
  const udp = listeners.flatMap((listener) => (listener.transport === 'udp' ? listener : []));
  const accepts = acceptQueueDrained$ === undefined && listeners.some(({ transport }) => transport === 'tcp');
  return merge(
    ...udp.map((listener) => receiveOverflows(listener, signal$, scheduler)),
    accepts ? acceptQueueOverflows(signal$, scheduler) : EMPTY,
  ).subscribe(emit);
};

/** A full pool stops the reading of all connections. */
const emitPauses = (limits: Limits | undefined, emit: (event: EchoEvent) => void): (() => void) => {
  const { buffered } = limits ?? {};
  const gate = {
    onChange: () => buffered?.open === false && emit({ kind: 'paused', bufferedBytes: buffered.bufferedBytes }),
  };
  buffered?.add(gate);
  return () => buffered?.delete(gate);
};
