import { setImmediate } from 'node:timers/promises';
import type { Peer } from '../../lib/peer';

const QUIET_TURNS = 50;

/** Waits until a peer's budget is closed and nothing moves any more: every buffer on the way is full. */
export const stalled = async (peer: Peer): Promise<void> => {
  const moved = (): number => peer.bytesIn + peer.bytesOut;
  let last = moved();
  for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
    await setImmediate();
    if (peer.budget.open || moved() !== last) quiet = 0;
    last = moved();
  }
};
