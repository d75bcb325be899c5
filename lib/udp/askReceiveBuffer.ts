import type { Socket } from 'node:dgram';

/** Below this size the system decides. */
const LEAST_BYTES = 64 * 1024;

/**
 * Requests a receive buffer, and accepts what the system grants. Linux grants `net.core.rmem_max` at most, and reports
 * twice the size; other systems reject a size that is too large, so half of it is requested.
 *
 * @param socket A bound socket.
 */
export const askReceiveBuffer = (socket: Pick<Socket, 'setRecvBufferSize'>, bytes: number): void => {
  for (let asked = bytes; asked === bytes || asked >= LEAST_BYTES; asked = Math.floor(asked / 2)) {
    try {
      return socket.setRecvBufferSize(asked);
    } catch {
      // Tries half of it.
    }
  }
};
