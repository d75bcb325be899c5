import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { defer } from 'rxjs';
import { cannotListen } from '../cannotListen';
import type { Transport } from '../endpoint';
import { EchoError } from '../errors';

/** The addresses of hosts, each once: a name must mean the same address to TCP and to UDP. Errors with `ERR_ECHO_LISTEN`. */
export const lookupAll = (hosts: readonly string[], port: number, transport: Transport) =>
  defer(async () => {
    const addresses = await Promise.all(hosts.map((host) => addressOf(host, port, transport)));
    return [...new Set(addresses)];
  });

const addressOf = async (host: string, port: number, transport: Transport): Promise<string> => {
  if (isIP(host) !== 0) return host;
  // Node would take it for all addresses: more than anybody asks for with an address.
  if (host === '') throw new EchoError('ERR_ECHO_OPTION', 'A host is an address or a name, not the empty string');
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw cannotListen(transport, { host, port }, cause as NodeJS.ErrnoException);
  }
};
