import type { Socket } from 'node:net';
import { setTimeout as waited } from 'node:timers/promises';

const CHUNK = Buffer.alloc(64 * 1024, 'ccecho ');
const QUIET_LOOKS = 10;

/** A client that sends as fast as the other side takes it, until its socket is closed. */
export interface Flood {
  /** Resolves when nothing was taken for a while: every buffer on the way is full. */
  stalled(): Promise<void>;
}

export const flood = (socket: Socket): Flood => {
  let takenBytes = 0;
  const send = (): void => {
    if (!socket.writable) return;
    socket.write(CHUNK, (error) => {
      takenBytes += CHUNK.byteLength;
      if (!error) setImmediate(send);
    });
  };
  send();
  return {
    stalled: async () => {
      for (let quiet = 0, last = -1; quiet < QUIET_LOOKS; quiet += 1) {
        if (takenBytes !== last) quiet = 0;
        last = takenBytes;
        await waited(20);
      }
    },
  };
};
