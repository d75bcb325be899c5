import { randomInt } from 'node:crypto';
import {
  defer,
  filter,
  NEVER,
  Subject,
  switchMap,
  takeUntil,
  tap,
  using,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import { assertKeys, type Keys } from '../../assertKeys';
import type { Endpoint, Transport } from '../../endpoint';
import { monotonicScheduler } from '../../monotonicScheduler';
import { assertInRange, assertPort } from '../../options';
import { resolve } from '../resolve';
import { assertCanMark } from './assertCanMark';
import { Payload } from './payload';
import type { ProbeEvent } from './probeEvent';
import { END, probeRun, type Run } from './probeRun';
import { ProcessLoadMeter } from './processLoad';
import { toStats, type ProbeStats } from './probeStats';
import { tcpProber } from './tcpProber';
import { tcpReconnectProber } from './tcpReconnectProber';
import { udpProber } from './udpProber';

export interface ProbeOptions {
  /** Sets the target; a name is resolved, and its first address is used. */
  readonly host: string;
  /** Sets the port of the target. Default: `7`. */
  readonly port?: number;
  /** Default: `udp`. */
  readonly transport?: Transport;
  /** Limits the probes. Default: no limit. */
  readonly count?: number;
  /** Sets the time from one probe to the next, in milliseconds. Minimum: `1`. Default: `1000`. */
  readonly intervalMs?: number;
  /** Sets the payload of a probe, in bytes. Below 8, one probe is under way at a time. Default: `64`. */
  readonly size?: number;
  /** Sets after how long a probe without an answer is overdue, in milliseconds. Default: `1000`. */
  readonly timeoutMs?: number;
  /** Sets the number of source ports (UDP) or connections (TCP), used in turn. Minimum: `1`. Default: `1`. */
  readonly flows?: number;
  /** Sets the local address. Default: the system chooses. */
  readonly source?: string;
  /** Sets the first source port; flows use the following ones. Default: the system chooses. */
  readonly sourcePort?: number;
  /** With TCP, marks packets with this differentiated services code point, 0 to 63, where Node can. Default: no mark. */
  readonly dscp?: number;
  /** Sets the bytes behind the header. Default: bytes that depend on place and number. */
  readonly pattern?: Buffer;
  /** Restricts the address of the target to a family. Default: the first address of the resolver. */
  readonly family?: 4 | 6;
  /** With TCP, opens a connection for each probe: its time is that of connect, echo and close. Default: `false`. */
  readonly reconnect?: boolean;
  /** Ends the probe; what is outstanding is waited for, for `timeoutMs`. Default: never. */
  readonly stop$?: Observable<unknown>;
  /** Called with the address of the target and the local ends, before the first probe. Default: nothing is called. */
  readonly onStart?: (start: { readonly target: Endpoint; readonly locals: readonly Endpoint[] }) => void;
  /** Sets the clock and the timers. Default: real time. */
  readonly scheduler?: SchedulerLike;
}

const probeKeys: Keys<ProbeOptions> = {
  host: true,
  port: true,
  transport: true,
  count: true,
  intervalMs: true,
  size: true,
  timeoutMs: true,
  flows: true,
  source: true,
  sourcePort: true,
  dscp: true,
  pattern: true,
  family: true,
  reconnect: true,
  stop$: true,
  onStart: true,
  scheduler: true,
};

/**
 * Probes an RFC 862 echo service, and emits the statistics once, at the end.
 *
 * Errors with `ERR_ECHO_CONNECTION` when the name cannot be resolved, or TCP cannot connect.
 *
 * @throws `ERR_ECHO_OPTION` for an invalid option.
 * @example
 * const stats = await lastValueFrom(probe({ host: '127.0.0.1', port: 7007, transport: 'tcp', count: 3, intervalMs: 10 }));
 * assert.equal(stats.received + stats.lost, 3);
 */
export const probe = (options: ProbeOptions): Observable<ProbeStats> => probeEvents(options).pipe(toStats());

/**
 * Probes an RFC 862 echo service, and emits what happens to each probe.
 *
 * ```text
 * due            0--1--2--3--|
 * probeEvents    s-vs-vs--s-v--(v|)      s: sent, v: verdict; the third waits for its timeout
 * ```
 *
 * Probes leave on an absolute schedule, whether answers come or not (open loop). A slot that this process misses is counted
 * and not made up for. Each probe gets exactly one verdict; see `Verdict`.
 */
export const probeEvents = (options: ProbeOptions): Observable<ProbeEvent> => {
  assertKeys('probe', options, probeKeys);
  const { transport = 'udp', count = Infinity, intervalMs = 1000, size = 64, timeoutMs = 1000, flows = 1 } = options;
  const { host, port = 7, family, source, sourcePort, dscp, reconnect = false, stop$ = NEVER, onStart } = options;
  const { scheduler = monotonicScheduler } = options;
  assertPort(port);
  assertInRange('count', count, 1, Infinity);
  assertInRange('intervalMs', intervalMs, 1);
  assertInRange('timeoutMs', timeoutMs, 1);
  assertInRange('flows', flows, 1, 1024);
  if (transport === 'tcp') assertInRange('size', size, 1);
  if (dscp !== undefined) assertCanMark(transport, port, dscp);
  const payload = new Payload(size, randomInt(2 ** 32 - 1), options.pattern);
  const run: Run = {
    payload,
    count,
    intervalMs,
    timeoutMs,
    stop$,
    scheduler,
    transport,
    isStream: transport === 'tcp' && !reconnect,
  };
  return defer(() => {
    const ended$ = new Subject<void>();
    return resolve(host, family).pipe(
      switchMap((address) => {
        const target = { host: address, port };
        const proberOptions = { target, flows, source, sourcePort, dscp, scheduler };
        const open = transport === 'udp' ? udpProber : reconnect ? tcpReconnectProber : tcpProber;
        const prober$ = using(
          () => new ProcessLoadMeter(intervalMs >= LONG_INTERVAL_MS),
          (meter) => open({ ...proberOptions, load: () => (meter as ProcessLoadMeter).read() }, payload),
        );
        return prober$.pipe(
          switchMap((prober) => {
            onStart?.({ target, locals: prober.locals });
            return probeRun(prober, target, run);
          }),
        );
      }),
      tap({ next: (event) => event === END && ended$.next() }),
      filter((event): event is ProbeEvent => event !== END),
      // The prober stays open until it is unsubscribed.
      takeUntil(ended$),
    );
  });
};

/** From this interval on, reading the run queue at each probe costs little. */
const LONG_INTERVAL_MS = 5;
