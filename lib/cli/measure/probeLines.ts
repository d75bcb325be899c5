import { formatEndpoint, type Endpoint } from '../../endpoint';
import { formatMs as ms } from './formatMs';
import type { LateReading } from '../../measure/probe/lateReading';
import type { ProbeEvent } from '../../measure/probe/probeEvent';
import type { ProbeStats } from '../../measure/probe/probeStats';

export interface LineOptions {
  readonly size: number;
  readonly timeoutMs: number;
  /** Whether sends have a line. */
  readonly isVerbose: boolean;
}

/** Returns the line of an event for people, as ping prints it; `undefined` for one that needs none. */
export const probeLine = (
  event: ProbeEvent,
  target: Endpoint,
  { size, timeoutMs, isVerbose }: LineOptions,
): string | undefined => {
  switch (event.kind) {
    case 'sent':
      return isVerbose ? `sent seq=${event.seq}` : undefined;
    case 'verdict':
      return verdictLine(event, target, size);
    case 'overdue':
      return `no answer for seq=${event.seq} within ${timeoutMs / 1000} s`;
    case 'duplicate':
      return `duplicate answer for seq=${event.seq}`;
    case 'stray':
      return `${event.bytes} bytes that answer no probe`;
    case 'refused':
      return `${formatEndpoint(target)} refuses: nothing listens there (ICMP port unreachable)`;
    case 'missed':
      return `schedule missed: ${event.slots} probes were not sent`;
    case 'connected':
      return `connected from ${event.local} in ${event.connectMs.toFixed(3)} ms`;
    case 'disconnected':
      return `disconnected: ${event.reason}${event.seq === undefined ? '; connecting again' : ''}`;
    default:
      return undefined;
  }
};

const noteOf = (readLate: LateReading | undefined): string =>
  readLate ? ` ~ (read late: ${readLate.cause} ${readLate.lateMs.toFixed(3)} ms)` : '';

const verdictLine = (
  event: Extract<ProbeEvent, { kind: 'verdict' }>,
  target: Endpoint,
  size: number,
): string | undefined => {
  const { seq, rttMs = 0 } = event;
  switch (event.verdict) {
    case 'ok':
    case 'late': {
      const notes = `${event.verdict === 'late' ? ' (late)' : ''}${noteOf(event.readLate)}`;
      return `${size} bytes from ${formatEndpoint(target)}: seq=${seq} time=${rttMs.toFixed(3)} ms${notes}`;
    }
    case 'corrupt':
      return `corrupt answer for seq=${seq}`;
    case 'truncated':
      return `truncated answer for seq=${seq}: ${event.bytes} of ${size} bytes`;
    case 'merged':
      return `merged answer for seq=${seq}: ${event.probes} probes in one datagram`;
    case 'wrong-source':
      return `answer for seq=${seq} from another address: ${event.from}`;
    case 'send-error':
      return `seq=${seq} was not sent: ${event.code}`;
    case 'lost':
      // Its line came when it was overdue.
      return undefined;
  }
};

/** Returns the line of a window of time. */
export const windowLine = ({ sent, received, lost, rtt, jitter }: ProbeStats): string => {
  const range =
    rtt.count === 0
      ? 'no answer'
      : `min ${ms(rtt.min)}, p50 ${ms(rtt.at(500))}, p90 ${ms(rtt.at(900))}, max ${ms(rtt.max)} ms`;
  return `window: ${sent} sent, ${received} back, ${lost} lost; ${range}; jitter ${ms(rtt.count === 0 ? undefined : jitter.value)} ms`;
};
