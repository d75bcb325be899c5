import type { SchedulerLike } from 'rxjs';
import type { DropReason, RefusalReason } from '../reasons';
import { formatEndpoint, type Endpoint, type Transport } from '../endpoint';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import type { LogLine } from './logLine';

/** The number of sources that are named: forged sources have no end, and would fill the log. */
const MAX_NAMED = 100;

/** A new burst begins after this long without an event. */
const QUIET_MS = 60_000;

/**
 * Returns a function from each event to its warning: a line for the first refusal of each source, and for the first of
 * each burst of a denied source. After a hundred sources it names no more.
 *
 * @param scheduler The clock.
 * @returns Returns the line of an event, or `undefined`.
 */
export const refusalWarnings = (scheduler: SchedulerLike): ((event: EchoEvent<PeerStats>) => LogLine | undefined) => {
  const heardAtMs = new Map<string, number>();
  /** Returns whether it is the first of its source or burst. */
  const isFirst = (source: string, inBursts: boolean): boolean => {
    const beforeMs = heardAtMs.get(source);
    if (beforeMs === undefined && heardAtMs.size > MAX_NAMED) return false;
    const nowMs = scheduler.now();
    heardAtMs.set(source, nowMs);
    return beforeMs === undefined || (inBursts && nowMs - beforeMs >= QUIET_MS);
  };
  return (event) => {
    const refusal = refusalOf(event);
    const sentence = refusal && sentences[refusal.reason];
    if (!sentence) return undefined;
    const { transport, remote, reason } = refusal;
    const wasFull = heardAtMs.size > MAX_NAMED;
    if (!isFirst(`${transport} ${reason} ${remote.host}`, reason === 'denied')) return undefined;
    if (!wasFull && heardAtMs.size > MAX_NAMED) return limitReached;
    const message = `${formatEndpoint(remote)} is not answered: ${sentence}`;
    return { level: 'warn', message, fields: { event: 'refused', transport, remote: formatEndpoint(remote), reason } };
  };
};

const limitReached: LogLine = {
  level: 'warn',
  message: `${MAX_NAMED} sources were named here: further ones are only counted`,
  fields: { event: 'refused' },
};

interface Refusal {
  readonly transport: Transport;
  readonly remote: Endpoint;
  readonly reason: DropReason | RefusalReason;
}

const refusalOf = (event: EchoEvent<PeerStats>): Refusal | undefined => {
  if (event.kind === 'refused') return event;
  return event.kind === 'dropped' ? { transport: 'udp', remote: event.remote, reason: event.reason } : undefined;
};

/** What the owner of a source should know about a drop; other reasons are details. */
const sentences: Readonly<Partial<Record<DropReason | RefusalReason, string>>> = {
  'port 0': 'its source port is 0, to which nothing can be sent',
  'own port': 'its source port is the port served here, as of another echo server',
  'reserved port': 'its source port is one of a service, as of another server (see --udp-ignore-ports)',
  'source address': 'its source address is not one of a single host',
  'loop-check': 'it returns exactly what it is sent, as another echo server does; one reply is withheld as a test',
  rate: 'it exceeds its rate (see --udp-max-rate)',
  denied: 'access is denied (see --allow and --deny)',
};
