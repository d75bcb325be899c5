import { setImmediate } from 'node:timers/promises';
import type { Peer } from '../../lib/peer';

const QUIET_TURNS = 50;

/** Waits until what a peer holds is full, its budget closed, and nothing moves any more. */
export const waitUntilStalled = async (peer: Peer, isFull = (): boolean => !peer.budget.open): Promise<void> => {
  const moved = (): number => peer.bytesIn + peer.bytesOut;
  let last = moved();
  for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
    await setImmediate();
    if (!isFull() || moved() !== last) quiet = 0;
    last = moved();
  }
};
