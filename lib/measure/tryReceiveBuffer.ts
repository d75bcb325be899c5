import type { Socket } from 'node:dgram';

/** Enough for 10,000 small answers that come while this process is busy. The system may give less. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Asks for a large receive buffer, so that a burst of answers is not lost here. */
export const tryReceiveBuffer = (socket: Socket): void => {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // The system keeps its own size.
  }
};
