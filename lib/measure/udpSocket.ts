import { createSocket, type Socket } from 'node:dgram';

/** Creates a socket that sends to an address at once: to look it up, as Node does by default, takes a tick after the stamp. */
export const udpSocket = (host: string): Socket => {
  const family = host.includes(':') ? 6 : 4;
  return createSocket({ type: `udp${family}`, lookup: (address, _, callback) => callback(null, address, family) });
};
