import { trafficLines } from '../../lib/cli/serve/trafficLines';
import type { EchoEvent } from '../../lib/events';
import { ServerStats } from '../../lib/server/serverStats';
import { testConnection } from '../support/peer';

const remote = { host: '127.0.0.1', port: 50_000 };

const linesAfter = (...events: EchoEvent[]): string[] => {
  const stats = new ServerStats();
  for (const event of events) stats.follow(event);
  return trafficLines(stats.traffic);
};

describe('ServerStats', () => {
  it('returns zeros for a server without traffic', () => {
    expect(linesAfter()).toEqual(['tcp: 0 connections, 0 open, 0 B in, 0 B out']);
  });

  it('adds up the connections, those that are open too', () => {
    const closed = testConnection({ bytesIn: 1000, bytesOut: 900 });
    const open = testConnection({ bytesIn: 500, bytesOut: 100 });
    expect(
      linesAfter(
        { kind: 'opened', peer: closed },
        { kind: 'opened', peer: open },
        { kind: 'closed', peer: closed, reason: 'ended' },
      ),
    ).toEqual(['tcp: 2 connections, 1 open, 1.5 kB in, 1.0 kB out']);
  });

  it('returns the same values twice', () => {
    const stats = new ServerStats();
    stats.follow({ kind: 'opened', peer: testConnection({ bytesIn: 5, bytesOut: 5 }) });
    expect(stats.traffic).toEqual(stats.traffic);
  });

  it('counts datagrams, and those that were not answered', () => {
    const stats = new ServerStats();
    stats.watch({ counts: { datagramsIn: 3, bytesIn: 8, datagramsOut: 2, bytesOut: 5 } });
    stats.follow({ kind: 'dropped', remote, bytes: 3, reason: 'port 0' });
    expect(trafficLines(stats.traffic)).toEqual(['udp: 2 datagrams, 5 B in, 5 B out, 1 not answered (1 port 0)']);
  });

  it('counts connections that were refused, by reason', () => {
    const refused: EchoEvent = { kind: 'refused', transport: 'tcp', remote, reason: 'denied' };
    expect(linesAfter(refused, refused, { ...refused, reason: 'max-connections' })).toEqual([
      'tcp: 0 connections, 0 open, 0 B in, 0 B out, 3 refused (2 denied, 1 max-connections)',
    ]);
  });

  it('counts what the kernel had no room for', () => {
    const udp: EchoEvent = { kind: 'overflowed', transport: 'udp', local: remote, dropped: 12 };
    const tcp: EchoEvent = { kind: 'overflowed', transport: 'tcp', dropped: 3 };
    expect(linesAfter(udp, udp, tcp)).toEqual([
      'tcp: 0 connections, 0 open, 0 B in, 0 B out, 3 refused (3 kernel)',
      'udp: 0 datagrams, 0 B in, 0 B out, 24 not answered (24 kernel)',
    ]);
  });

  it('counts flows of a server with stages, and both transports if both had traffic', () => {
    const stats = new ServerStats();
    stats.watch({ counts: { datagramsIn: 2, bytesIn: 10, datagramsOut: 1, bytesOut: 5 } });
    stats.follow({ kind: 'opened', peer: testConnection({ transport: 'udp' as 'tcp' }) });
    stats.follow({ kind: 'opened', peer: testConnection({ bytesIn: 1, bytesOut: 1 }) });
    expect(trafficLines(stats.traffic)).toEqual([
      'tcp: 1 connection, 1 open, 1 B in, 1 B out',
      'udp: 1 flow, 10 B in, 5 B out, 0 not answered',
    ]);
  });
});
