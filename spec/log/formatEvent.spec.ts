import { EchoError } from '../../lib/errors';
import type { EchoEvent } from '../../lib/events';
import { formatEvent } from '../../lib/log/formatEvent';
import type { Peer } from '../../lib/peer';

const local = { host: '127.0.0.1', port: 7 };
const remote = { host: '::1', port: 53684 };
const who = { transport: 'tcp', id: 3, remote: '[::1]:53684' };

const peerOf = (transport: 'tcp' | 'udp'): Peer =>
  ({ transport, id: 3, local, remote, bytesIn: 10, bytesOut: 4 }) as unknown as Peer;

const [connection, flow] = [peerOf('tcp'), peerOf('udp')];
const error = new EchoError('ERR_ECHO_STAGE', 'The stage upperCase threw: no');

describe('formatEvent', () => {
  it.each([
    [{ host: '', port: 7 }, 'TCP Echo server listening on :7'],
    [local, 'TCP Echo server listening on 127.0.0.1:7'],
    [{ host: '::1', port: 7007 }, 'TCP Echo server listening on [::1]:7007'],
  ])('formats where a listener is: %j', (where, message) => {
    const [line] = formatEvent({ kind: 'listening', transport: 'tcp', local: where });
    expect(line).toMatchObject({ level: 'info', message, fields: { event: 'listening', transport: 'tcp' } });
  });

  it('names UDP for a UDP listener', () => {
    const [line] = formatEvent({ kind: 'listening', transport: 'udp', local });
    expect(line?.message).toBe('UDP Echo server listening on 127.0.0.1:7');
  });

  it('names a client that connects', () => {
    expect(formatEvent({ kind: 'opened', peer: connection })).toEqual([
      { level: 'info', message: 'Accepted connection from: [::1]:53684', fields: { event: 'opened', ...who } },
    ]);
  });

  it('logs a refused client and the reason at debug', () => {
    expect(formatEvent({ kind: 'refused', transport: 'tcp', remote, reason: 'max-connections' })).toEqual([
      {
        level: 'debug',
        message: '[::1]:53684 refused: max-connections',
        fields: { event: 'refused', transport: 'tcp', remote: '[::1]:53684', reason: 'max-connections' },
      },
    ]);
  });

  it('logs at debug that reading is paused', () => {
    const [line] = formatEvent({ kind: 'paused', bufferedBytes: 5 });
    expect(line).toMatchObject({ level: 'debug', message: 'reading is paused: 5 bytes are buffered (--max-buffered)' });
  });

  it('logs that a client has disconnected; its bytes and the reason for programs and at debug', () => {
    const fields = { event: 'closed', ...who, bytesIn: 10, bytesOut: 4, reason: 'aborted' };
    expect(formatEvent({ kind: 'closed', peer: connection, reason: 'aborted' })).toEqual([
      { level: 'info', message: 'Client disconnected', fields },
      { level: 'debug', message: '[::1]:53684 aborted: 10 bytes in, 4 bytes out', fields, only: 'text' },
    ]);
  });

  it('warns of a stage that threw, and blames it by name', () => {
    const lines = formatEvent({ kind: 'closed', peer: connection, reason: 'failed', error });
    expect(lines.map(({ level }) => level)).toEqual(['info', 'debug', 'warn']);
    expect(lines[2]).toMatchObject({ message: `[::1]:53684: ${error.message}`, fields: { event: 'failed' } });
  });

  it('shows the control characters of what it threw, which may quote the peer', () => {
    const quoting = new EchoError('ERR_ECHO_STAGE', 'Unexpected \x9b2J\nin JSON');
    const lines = formatEvent({ kind: 'closed', peer: connection, reason: 'failed', error: quoting });
    expect(lines[2]).toMatchObject({ message: '[::1]:53684: Unexpected \\x9b2J\\x0ain JSON' });
  });

  it('does not warn of a peer that reset its connection, but has the error for programs', () => {
    const lines = formatEvent({ kind: 'closed', peer: connection, reason: 'reset by peer', error });
    expect(lines.map(({ level }) => level)).toEqual(['info', 'debug']);
    expect(lines[0]).toMatchObject({ fields: { reason: 'reset by peer', error: error.message } });
  });

  it('keeps the flows of UDP out of the transcript', () => {
    expect(formatEvent({ kind: 'opened', peer: flow })).toMatchObject([{ level: 'debug' }]);
    expect(formatEvent({ kind: 'closed', peer: flow, reason: 'completed' })).toMatchObject([{ level: 'debug' }]);
  });

  it.each<[string, EchoEvent, object]>([
    [
      'an answered datagram',
      { kind: 'answered', remote, bytes: 5 },
      { level: 'debug', message: '[::1]:53684 answered: 5 bytes', fields: { bytesIn: 5, bytesOut: 5 } },
    ],
    [
      'a refused connection',
      { kind: 'refused', transport: 'tcp', remote, reason: 'denied' },
      { level: 'debug', message: '[::1]:53684 refused: denied', fields: { event: 'refused', reason: 'denied' } },
    ],
    [
      'a dropped datagram',
      { kind: 'dropped', remote, bytes: 5, reason: 'overlimit' },
      { level: 'debug', message: '[::1]:53684 dropped: overlimit, 5 bytes', fields: { reason: 'overlimit' } },
    ],
    [
      'datagrams for which the kernel had no room',
      { kind: 'overflowed', transport: 'udp', local, dropped: 12 },
      {
        level: 'debug',
        message: 'the kernel dropped 12 datagrams: the receive buffer of 127.0.0.1:7 was full',
        fields: { event: 'overflowed', transport: 'udp', local: '127.0.0.1:7', reason: 'kernel', dropped: 12 },
      },
    ],
    [
      'connections for which the kernel had no room',
      { kind: 'overflowed', transport: 'tcp', dropped: 1 },
      {
        level: 'debug',
        message: '1 connection attempt found a full accept queue in this network namespace',
        fields: { event: 'overflowed', transport: 'tcp', reason: 'kernel', dropped: 1 },
      },
    ],
    [
      'what a stage noted',
      { kind: 'log', level: 'warn', message: 'odd' },
      { level: 'warn', message: 'odd', fields: { event: 'log' }, to: 'stderr' },
    ],
    [
      'what a stage shows',
      { kind: 'output', lines: 'a\nb' },
      { level: 'info', message: 'a\nb', fields: { event: 'output' }, to: 'stderr' },
    ],
    [
      'a listener that failed',
      { kind: 'failed', transport: 'udp', local, error: new EchoError('ERR_ECHO_LISTENER', 'broken') },
      { level: 'warn', message: 'no longer listening on UDP 127.0.0.1:7: broken', fields: { event: 'failed' } },
    ],
    [
      'a worker that exited',
      { kind: 'workerExited', worker: 2, reason: 'SIGKILL', connections: 17, replaced: true },
      {
        level: 'warn',
        message: 'worker 2 exited (SIGKILL): 17 connections lost; a replacement starts',
        fields: { event: 'workerExited', worker: 2, reason: 'SIGKILL', connections: 17, replaced: true },
      },
    ],
    [
      'a worker that exited during a stop',
      { kind: 'workerExited', worker: 1, reason: 'status 70', connections: 1, replaced: false },
      { level: 'warn', message: 'worker 1 exited (status 70): 1 connection lost' },
    ],
    ['a signal', { kind: 'stopping' }, { level: 'debug', message: 'stopping', fields: { event: 'stopping' } }],
  ])('has one line for %s', (_, event, line) => {
    expect(formatEvent(event)).toMatchObject([line]);
  });

  it('names the worker in a field, and leaves the sentence unchanged', () => {
    const [line] = formatEvent({ kind: 'opened', peer: connection, worker: 2 });
    expect(line).toMatchObject({ message: 'Accepted connection from: [::1]:53684', fields: { id: 3, worker: 2 } });
  });

  describe('of a stop', () => {
    const report = { connectionsDrained: 1, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 };

    it('is a detail when nothing was lost', () => {
      expect(formatEvent({ kind: 'stopped', report })).toMatchObject([{ level: 'debug', fields: report }]);
    });

    it('is an error when a connection was aborted, with its pending bytes as a minimum', () => {
      const lossy = { ...report, connectionsAborted: 2, bytesPending: 65_536 };
      expect(formatEvent({ kind: 'stopped', report: lossy })).toEqual([
        {
          level: 'error',
          message:
            'stopped: 1 connection drained, 2 connections aborted, at least 65536 bytes pending; 0 datagrams lost',
          fields: { event: 'stopped', ...lossy },
        },
      ]);
    });

    it('reports an aborted connection without counted bytes, when no stage counted what it kept', () => {
      const [line] = formatEvent({ kind: 'stopped', report: { ...report, connectionsAborted: 1 } });
      expect(line!.message).toBe(
        'stopped: 1 connection drained, 1 connection aborted, no counted bytes pending; 0 datagrams lost',
      );
    });

    it('is an error when a worker died', () => {
      expect(formatEvent({ kind: 'stopped', report: { ...report, workersLost: 1 } })).toMatchObject([
        { level: 'error', message: expect.stringContaining('; 0 datagrams lost; 1 worker lost') as string },
      ]);
    });

    it('is an error when a datagram was lost', () => {
      expect(formatEvent({ kind: 'stopped', report: { ...report, datagramsLost: 1 } })).toMatchObject([
        { level: 'error', message: expect.stringContaining('; 1 datagram lost') as string },
      ]);
    });
  });
});
