import { deserializeEvents, serializeEvents } from '../../lib/cluster/serializedEvent';
import { EchoError } from '../../lib/errors';
import type { EchoEvent } from '../../lib/events';
import type { PeerStats } from '../../lib/peer';
import { testConnection } from '../support/peer';

/** What arrives in another process. */
const sent = (...events: EchoEvent[]): EchoEvent<PeerStats>[] => {
  const [write, read] = [serializeEvents(), deserializeEvents()];
  return events.map((event) => read(JSON.parse(JSON.stringify(write(event))) as ReturnType<typeof write>));
};

const peerOf = (event?: EchoEvent<PeerStats>): PeerStats | undefined =>
  event?.kind === 'opened' || event?.kind === 'closed' ? event.peer : undefined;

describe('serializeEvents and eventReader', () => {
  it('keep the identity and the stats of a peer, and return the same peer at its end', () => {
    const peer = testConnection({ id: 7, bytesIn: 5, bytesOut: 4, bytesPending: 1, framesPending: 1 });
    const [opened, closed] = sent({ kind: 'opened', peer }, { kind: 'closed', peer, reason: 'ended' });
    expect(closed).toMatchObject({ kind: 'closed', reason: 'ended' });
    expect(peerOf(closed)).toMatchObject({ id: 7, remote: peer.remote, bytesIn: 5, bytesOut: 4, bytesPending: 1 });
    expect(peerOf(closed)).toBe(peerOf(opened));
  });

  it('distinguish two peers of one ordinal, of two listeners', () => {
    const [one, other] = [testConnection({ id: 1 }), testConnection({ id: 1 })];
    const [, second, ended] = sent(
      { kind: 'opened', peer: one },
      { kind: 'opened', peer: other },
      { kind: 'closed', peer: other, reason: 'ended' },
    );
    expect(peerOf(ended)).toBe(peerOf(second));
  });

  it('keep the class, the code and the message of an error', () => {
    const peer = testConnection();
    const error = new EchoError('ERR_ECHO_STAGE', 'The stage "x" failed');
    const [, closed] = sent({ kind: 'opened', peer }, { kind: 'closed', peer, reason: 'failed', error });
    expect(closed).toEqual({ kind: 'closed', peer: peerOf(closed), reason: 'failed', error });
    const [failed] = sent({ kind: 'failed', transport: 'tcp', local: peer.local, error });
    expect(failed).toEqual({ kind: 'failed', transport: 'tcp', local: peer.local, error });
  });

  it('pass everything else as it is', () => {
    const said: EchoEvent = { kind: 'log', level: 'warn', message: 'look here' };
    expect(sent(said, { kind: 'stopping' })).toEqual([said, { kind: 'stopping' }]);
  });
});
