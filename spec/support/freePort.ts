import { randomInt } from 'node:crypto';
import { startEcho } from '../../lib/server/startEcho';

/**
 * A port number that nobody has, over TCP and UDP: below the range from which systems choose, so that no other test is
 * given it in the meantime.
 */
export const freePort = async (): Promise<number> => {
  const port = randomInt(20_000, 30_000);
  try {
    await (await startEcho({ tcp: true, udp: true, port })).stop();
    return port;
  } catch {
    return freePort();
  }
};
