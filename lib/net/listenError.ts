import { formatEndpoint, type Endpoint, type Transport } from '../endpoint';
import { EchoError } from '../errors';

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another socket is bound to it',
  EADDRNOTAVAIL: 'it is no address of this machine',
  EACCES: 'this user may not bind it',
  ENOTFOUND: 'the name is not known',
  EINVAL: 'the system does not take it',
};

/** The error of a socket that could not be bound, naming the address and the system's reason. */
export const listenError = (transport: Transport, endpoint: Endpoint, cause: NodeJS.ErrnoException): EchoError => {
  const code = cause.code ?? cause.message;
  const where = `${transport.toUpperCase()} ${formatEndpoint(endpoint)}`;
  return new EchoError('ERR_ECHO_LISTEN', `Cannot listen on ${where}: ${reasons[code] ?? cause.message} (${code})`, {
    cause,
  });
};
