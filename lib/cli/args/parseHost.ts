import { EchoError } from '../../errors';

/**
 * An address to listen on, as people write it: `[::1]`, as our own lines show it, is `::1`.
 *
 * @throws `ERR_ECHO_OPTION` for an empty text: an unset variable of a script would else open all addresses.
 */
export const parseHost = (text: string): string => {
  const address = text.trim().replace(/^\[(.*)\]$/, '$1');
  if (address !== '') return address;
  throw new EchoError('ERR_ECHO_OPTION', 'It names no address: leave --host out to serve all of them');
};
