import { defer, EMPTY, finalize, merge, mergeMap, Subject, takeUntil, type Observable, type Subscription } from 'rxjs';
import { assertKeys } from '../assertKeys';
import type { EchoEvent } from '../events';
import { given } from '../given';
import { checkUdpOptions, defaults, numberIn, portNumber } from '../options';
import { bindAll } from '../bindAll';
import type { Listener } from './listener';
import { binds } from './binds';
import { closeAccounts } from './closeAccounts';
import { endIdle } from './endIdle';
import { limitsOf, type Limits } from './limits';
import { lookupAll } from './lookupAll';
import { acceptQueueOverflows, receiveOverflows } from './overflows';
import { echoServerKeys, transportsOf, type EchoServerOptions } from './options';
import { report } from './report';
import { serve } from './serve';
import { stopPlan, type StopPlan } from './stopPlan';

/**
 * A whole echo server as a cold Observable of its events: binds when subscribed, and completes when it has stopped,
 * its last event being the report.
 *
 * ```text
 * requests$     ------------s-------       a signal to stop
 * echoServer    -l-o--c-o---t--c(r|)       listening, opened, closed, stopping, stopped with the report
 * ```
 *
 * Errors with `ERR_ECHO_LISTEN` when an address cannot be bound; nothing is bound then. Unsubscribing cuts everything.
 *
 * @throws `ERR_ECHO_OPTION` for an option out of its range.
 */
export const echoServer = (asked: EchoServerOptions): Observable<EchoEvent> => {
  assertKeys('echoServer', asked, echoServerKeys);
  const limits = asked.limits ?? limitsOf(asked);
  const options = { ...asked, ...given({ limits }) };
  const { hosts = [], port, scheduler = defaults.scheduler, lingerMs = defaults.lingerMs } = options;
  portNumber(port);
  numberIn('lingerMs', lingerMs, 0);
  numberIn('idleMs', options.idleMs ?? defaults.idleMs, 1);
  numberIn('maxFlows', options.maxFlows ?? defaults.maxFlows, 1);
  checkUdpOptions(options);
  // Every event of every connection comes through here: what is said once goes beside the stream, and what must be done at
  // its end is done by `finalize`, which is no subscriber of its own.
  return defer(() => {
    const aside$ = new Subject<EchoEvent>();
    const say = (event: EchoEvent): void => aside$.next(event);
    const plan = stopPlan(options.requests$, scheduler);
    const serveListener = serve(options, plan, say);
    const served$ = lookupAll(hosts, port, transportsOf(options)[0] ?? 'tcp').pipe(
      mergeMap((addresses) => bindAll(binds(options, addresses, say), port, scheduler)),
      takeUntil(plan.signal$),
      mergeMap((listeners) => {
        listeners.map(listening).forEach(say);
        plan.subscription.add(tellOverflows(listeners, options, plan, say));
        return merge(...listeners.map(serveListener));
      }),
      endIdle(limits, plan.signal$, scheduler),
      closeAccounts(),
      finalize(() => aside$.complete()),
    );
    const announcedAndServed$ = defer(() => {
      plan.subscription.add(tellPaused(limits, say));
      // Before anybody else hears of the signal: what it closes is counted from here on.
      plan.subscription.add(plan.signal$.subscribe(() => say({ kind: 'stopping' })));
      return served$;
    });
    return merge(aside$, announcedAndServed$).pipe(
      report(),
      finalize(() => plan.subscription.unsubscribe()),
    );
  });
};

const listening = ({ transport, local }: Listener): EchoEvent => ({ kind: 'listening', transport, local });

/** What the kernel dropped in front of the listeners. In a worker of node:cluster the primary accepts, and it alone looks. */
const tellOverflows = (
  listeners: readonly Listener[],
  { scheduler = defaults.scheduler, askAcceptor$ }: EchoServerOptions,
  { signal$ }: StopPlan,
  say: (event: EchoEvent) => void,
): Subscription => {
  const udp = listeners.flatMap((listener) => (listener.transport === 'udp' ? listener : []));
  const accepts = askAcceptor$ === undefined && listeners.some(({ transport }) => transport === 'tcp');
  return merge(
    ...udp.map((listener) => receiveOverflows(listener, signal$, scheduler)),
    accepts ? acceptQueueOverflows(signal$, scheduler) : EMPTY,
  ).subscribe(say);
};

/** A full pool stops the reading of everybody, and somebody ought to know why. */
const tellPaused = (limits: Limits | undefined, say: (event: EchoEvent) => void): (() => void) => {
  const { held } = limits ?? {};
  const gate = { turned: () => held?.open === false && say({ kind: 'paused', heldBytes: held.heldBytes }) };
  held?.add(gate);
  return () => held?.delete(gate);
};
