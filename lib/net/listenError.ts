import { formatEndpoint, type Endpoint, type Transport } from '../endpoint';
import { EchoError } from '../errors';

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'it is not an address of this machine',
  EACCES: 'permission denied',
  ENOTFOUND: 'unknown host name',
  EINVAL: 'the system rejects it',
};

/** Returns the error of a socket that cannot be bound, with the address and the system's reason. */
export const listenError = (transport: Transport, endpoint: Endpoint, cause: NodeJS.ErrnoException): EchoError => {
  const code = cause.code ?? cause.message;
  const where = `${transport.toUpperCase()} ${formatEndpoint(endpoint)}`;
  return new EchoError('ERR_ECHO_LISTEN', `Cannot listen on ${where}: ${reasons[code] ?? cause.message} (${code})`, {
    cause,
  });
};
