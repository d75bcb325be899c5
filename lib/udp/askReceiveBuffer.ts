import type { Socket } from 'node:dgram';

/** A system that gives less than this gives what it likes. */
const LEAST_BYTES = 64 * 1024;

/**
 * Asks the system for a receive buffer, and takes as much of it as it gives: Linux gives `net.core.rmem_max` at most, and
 * twice what it says, for its own books; others refuse what is too much, and are asked for half.
 *
 * @param socket Bound.
 */
export const askReceiveBuffer = (socket: Pick<Socket, 'setRecvBufferSize'>, bytes: number): void => {
  for (let asked = bytes; asked === bytes || asked >= LEAST_BYTES; asked = Math.floor(asked / 2)) {
    try {
      return socket.setRecvBufferSize(asked);
    } catch {
      // Half of it, then.
    }
  }
};
