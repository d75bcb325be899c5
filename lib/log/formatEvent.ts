import { formatEndpoint } from '../endpoint';
import type { EchoEvent, StopReport } from '../events';
import type { PeerStats } from '../peer';
import { printable } from '../format/printable';
import type { LogLine } from './logLine';

type AnyEvent = EchoEvent<PeerStats>;
type EventOf<Kind extends AnyEvent['kind']> = Extract<AnyEvent, { kind: Kind }>;

/**
 * Returns the lines of an event, usually one. The sentences of `info` are the transcript of the server. The worker is a
 * field, because the address already identifies the peer in a sentence.
 */
export const formatEvent = (event: AnyEvent): readonly LogLine[] => {
  const { worker } = event;
  const lines = linesOfAny(event);
  return worker === undefined ? lines : lines.map((line) => ({ ...line, fields: { ...line.fields, worker } }));
};

const linesOfAny = (event: AnyEvent): readonly LogLine[] => {
  switch (event.kind) {
    case 'listening':
      return [listening(event)];
    case 'refused':
      return [refused(event)];
    case 'paused':
      return [paused(event)];
    case 'opened':
      return [opened(event)];
    case 'closed':
      return closed(event);
    case 'answered':
      return [answered(event)];
    case 'dropped':
      return [dropped(event)];
    case 'overflowed':
      return [overflowed(event)];
    case 'log':
      return [{ level: event.level, message: event.message, fields: { event: 'log' }, to: 'stderr' }];
    case 'output':
      return [{ level: 'info', message: event.lines, fields: { event: 'output' }, to: 'stderr' }];
    case 'failed':
      return [failed(event)];
    case 'workerExited':
      return [workerExited(event)];
    case 'stopping':
      return [{ level: 'debug', message: 'stopping', fields: { event: 'stopping' } }];
    case 'stopped':
      return [stopped(event.report)];
  }
};

const listening = ({ transport, local, service = 'Echo' }: EventOf<'listening'>): LogLine => ({
  level: 'info',
  message: `${transport.toUpperCase()} ${service} server listening on ${formatEndpoint(local)}`,
  fields: { event: 'listening', transport, local: formatEndpoint(local) },
});

const refused = ({ transport, remote, reason }: EventOf<'refused'>): LogLine => ({
  level: 'debug',
  message: `${formatEndpoint(remote)} refused: ${reason}`,
  fields: { event: 'refused', transport, remote: formatEndpoint(remote), reason },
});

const paused = ({ bufferedBytes }: EventOf<'paused'>): LogLine => ({
  level: 'debug',
  message: `reading is paused: ${bufferedBytes} bytes are buffered (--max-buffered)`,
  fields: { event: 'paused', bufferedBytes },
});

const who = ({ transport, id, remote }: PeerStats) => ({ transport, id, remote: formatEndpoint(remote) });

const opened = ({ peer }: EventOf<'opened'>): LogLine =>
  peer.transport === 'tcp'
    ? {
        level: 'info',
        message: `Accepted connection from: ${formatEndpoint(peer.remote)}`,
        fields: { event: 'opened', ...who(peer) },
      }
    : {
        level: 'debug',
        message: `flow of ${formatEndpoint(peer.remote)} opened`,
        fields: { event: 'opened', ...who(peer) },
      };

/** A stage's error may quote what the peer sent. */
const closed = ({ peer, reason, error }: EventOf<'closed'>): LogLine[] => {
  const { bytesIn, bytesOut } = peer;
  const fields = { event: 'closed', ...who(peer), bytesIn, bytesOut, reason, ...(error && { error: error.message }) };
  const detail = `${formatEndpoint(peer.remote)} ${reason}: ${bytesIn} bytes in, ${bytesOut} bytes out`;
  const lines: LogLine[] =
    peer.transport === 'tcp'
      ? [
          { level: 'info', message: 'Client disconnected', fields },
          { level: 'debug', message: detail, fields, only: 'text' },
        ]
      : [{ level: 'debug', message: detail, fields }];
  if (reason !== 'failed' || !error) return lines;
  const blame = `${formatEndpoint(peer.remote)}: ${printable(error.message)}`;
  return [...lines, { level: 'warn', message: blame, fields: { ...fields, event: 'failed' } }];
};

const answered = ({ remote, bytes }: EventOf<'answered'>): LogLine => ({
  level: 'debug',
  message: `${formatEndpoint(remote)} answered: ${bytes} bytes`,
  fields: { event: 'answered', transport: 'udp', remote: formatEndpoint(remote), bytesIn: bytes, bytesOut: bytes },
});

const dropped = ({ remote, bytes, reason }: EventOf<'dropped'>): LogLine => ({
  level: 'debug',
  message: `${formatEndpoint(remote)} dropped: ${reason}, ${bytes} bytes`,
  fields: { event: 'dropped', transport: 'udp', remote: formatEndpoint(remote), bytesIn: bytes, reason },
});

const overflowed = ({ transport, local, dropped }: EventOf<'overflowed'>): LogLine => ({
  level: 'debug',
  message: local
    ? `the kernel dropped ${count(dropped, 'datagram')}: the receive buffer of ${formatEndpoint(local)} was full`
    : `${count(dropped, 'connection attempt')} found a full accept queue in this network namespace`,
  fields: {
    event: 'overflowed',
    transport,
    ...(local && { local: formatEndpoint(local) }),
    reason: 'kernel',
    dropped,
  },
});

const failed = ({ transport, local, error }: EventOf<'failed'>): LogLine => ({
  level: 'warn',
  message: `no longer listening on ${transport.toUpperCase()} ${formatEndpoint(local)}: ${error.message}`,
  fields: { event: 'failed', transport, local: formatEndpoint(local), error: error.message },
});

const workerExited = ({ worker, reason, connections, replaced }: EventOf<'workerExited'>): LogLine => ({
  level: 'warn',
  message: `worker ${worker} exited (${reason}): ${count(connections, 'connection')} lost${replaced ? '; a replacement starts' : ''}`,
  fields: { event: 'workerExited', reason, connections, replaced },
});

const stopped = (report: StopReport): LogLine => {
  const {
    connectionsDrained,
    connectionsAborted,
    connectionsUnread = 0,
    bytesPending,
    datagramsLost,
    workersLost = 0,
  } = report;
  const lossy = connectionsAborted > 0 || datagramsLost > 0 || workersLost > 0;
  const unread = connectionsUnread > 0 ? `, ${connectionsUnread} of them unread` : '';
  const cut = `${count(connectionsAborted, 'connection')} aborted${pendingText(connectionsAborted, bytesPending)}${unread}`;
  const workers = workersLost > 0 ? `; ${count(workersLost, 'worker')} lost` : '';
  return {
    level: lossy ? 'error' : 'debug',
    message: `stopped: ${count(connectionsDrained, 'connection')} drained, ${cut}; ${count(datagramsLost, 'datagram')} lost${workers}`,
    fields: { event: 'stopped', ...report },
  };
};

/** Nothing counts what a stage buffers without an account (a bare `delay`), or what a transform has pulled. */
const pendingText = (connectionsAborted: number, bytesPending: number): string => {
  if (connectionsAborted === 0) return '';
  return bytesPending > 0 ? `, at least ${count(bytesPending, 'byte')} pending` : ', no counted bytes pending';
};

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
