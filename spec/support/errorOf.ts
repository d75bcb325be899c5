import { once } from 'node:events';

/** Waits for the next `'error'` of a socket, and returns its error. */
export const errorOf = async (socket: NodeJS.EventEmitter): Promise<unknown> =>
  ((await once(socket, 'error')) as unknown[])[0];
