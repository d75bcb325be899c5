import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { defer } from 'rxjs';
import { cannotListen } from '../cannotListen';

/** The addresses of hosts, each once: a name must mean the same address to TCP and to UDP. Errors with `ERR_ECHO_LISTEN`. */
export const lookupAll = (hosts: readonly string[], port: number) =>
  defer(async () => {
    const addresses = await Promise.all(hosts.map((host) => addressOf(host, port)));
    return [...new Set(addresses)];
  });

const addressOf = async (host: string, port: number): Promise<string> => {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw cannotListen('tcp', { host, port }, cause as NodeJS.ErrnoException);
  }
};
