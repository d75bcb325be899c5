import { formatEndpoint, type Endpoint } from '../../endpoint';
import type { ProbeEvent } from '../../measure/probe/probeEvent';

/** Returns the line of an event for people, as ping prints it; `undefined` for one that needs none. */
export const probeLine = (event: ProbeEvent, target: Endpoint, size: number, timeoutMs: number): string | undefined => {
  switch (event.kind) {
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
      return `disconnected: ${event.reason}; connecting again`;
    default:
      return undefined;
  }
};

const verdictLine = (
  event: Extract<ProbeEvent, { kind: 'verdict' }>,
  target: Endpoint,
  size: number,
): string | undefined => {
  const { seq, rttMs = 0 } = event;
  switch (event.verdict) {
    case 'ok':
    case 'late': {
      const notes = `${event.verdict === 'late' ? ' (late)' : ''}${event.readLate ? ' ~' : ''}`;
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
