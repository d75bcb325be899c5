import type { EchoEvent } from '../../lib/events';
import { EchoTally } from '../../lib/metrics/echoTally';
import type { Flow } from '../../lib/peer';
import { testConnection } from '../support/peer';

const remote = { host: '127.0.0.1', port: 50_000 };
const tallyOf = (...events: EchoEvent[]): EchoTally => {
  const tally = new EchoTally();
  events.forEach((event) => tally.follow(event));
  return tally;
};
const flowOf = (account: Partial<Flow>): Flow =>
  ({ ...testConnection(), transport: 'udp', ...account }) as unknown as Flow;

describe('EchoTally', () => {
  it('adds what open connections moved so far to what closed ones did', () => {
    const gone = testConnection({ bytesIn: 5, bytesOut: 5 });
    const here = testConnection({ bytesIn: 100, bytesOut: 60, bytesOwed: 40 });
    const tally = tallyOf(
      { kind: 'opened', peer: gone },
      { kind: 'opened', peer: here },
      { kind: 'closed', peer: gone, why: 'ended' },
    );
    expect(tally.moved('tcp')).toMatchObject({ bytesIn: 105, bytesOut: 65 });
    expect(tally.moved('tcp')).toMatchObject({ bytesIn: 105, bytesOut: 65 });
    expect(tally.bytesOwed('tcp')).toBe(40);
    expect(tally.open('tcp')).toBe(1);
    expect(tally.connections).toBe(2);
    expect([...tally.closed]).toEqual([['ended', 1]]);
  });

  it('counts datagrams that were answered and dropped, by reason', () => {
    const tally = tallyOf(
      { kind: 'answered', remote, bytes: 3 },
      { kind: 'dropped', remote, bytes: 2, reason: 'port 0' },
      { kind: 'dropped', remote, bytes: 2, reason: 'unsendable' },
    );
    expect(tally.moved('udp')).toMatchObject({ bytesIn: 7, bytesOut: 3, datagramsIn: 3, datagramsOut: 1 });
    expect([...tally.dropped]).toEqual([
      ['port 0', 1],
      ['unsendable', 1],
    ]);
  });

  it('counts datagrams of flows, and once those that they could not send', () => {
    const tally = tallyOf(
      { kind: 'opened', peer: flowOf({ bytesIn: 8, bytesOut: 4, datagramsIn: 2, datagramsOut: 1 }) },
      { kind: 'dropped', remote, bytes: 4, reason: 'unsendable' },
      { kind: 'dropped', remote, bytes: 1, reason: 'overlimit' },
    );
    expect(tally.moved('udp')).toMatchObject({ bytesIn: 9, bytesOut: 4, datagramsIn: 3, datagramsOut: 1 });
    expect(tally.open('udp')).toBe(1);
  });

  it('counts what the kernel had no room for, and not as received', () => {
    const tally = tallyOf(
      { kind: 'overflowed', transport: 'udp', local: remote, dropped: 12 },
      { kind: 'overflowed', transport: 'tcp', dropped: 3 },
    );
    expect([...tally.dropped, ...tally.refused]).toEqual([
      ['kernel', 12],
      ['kernel', 3],
    ]);
    expect(tally.moved('udp').datagramsIn).toBe(0);
  });

  it('counts refusals and pauses', () => {
    const tally = tallyOf(
      { kind: 'refused', transport: 'tcp', remote, why: 'max-connections' },
      { kind: 'paused', heldBytes: 1 },
    );
    expect([...tally.refused]).toEqual([['max-connections', 1]]);
    expect(tally.pauses).toBe(1);
  });
});
