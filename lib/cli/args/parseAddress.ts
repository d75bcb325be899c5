import type { Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import type * as access from '../../server/limits/accessList';

/**
 * An address to listen on, as people write it: `[::1]`, as our own lines show it, is `::1`.
 *
 * @throws `ERR_ECHO_OPTION` for an empty text: an unset variable of a script would else open all addresses.
 */
export const parseHost = (text: string): string => {
  const address = text.trim().replace(/^\[(.*)\]$/, '$1');
  if (address !== '') return address;
  throw new EchoError('ERR_ECHO_OPTION', 'expected an address; leave --host out to listen on all of them');
};

/** A network or an address, as `AccessList` reads it. @throws `ERR_ECHO_OPTION` for what is neither. */
export const parseNetwork = (text: string): string => {
  // Loaded for whoever names one: --help needs no server.
  const { AccessList } = require('../../server/limits/accessList') as typeof access;
  new AccessList({ deny: [text] });
  return text;
};

/**
 * Where to serve metrics: `9100` is for this machine alone, `:9100` all its addresses, as everywhere in the field, and
 * `192.0.2.1:9100` or `[::1]:9100` one of them.
 *
 * @throws `ERR_ECHO_OPTION` that shows how it is written.
 */
export const parseMetricsAddress = (text: string): Endpoint => {
  const [, address, host, digits = ''] = /^((\[[^\]]+\]|[^:[\]\s]*):)?(\d+)$/.exec(text.trim()) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65535) {
    throw new EchoError(
      'ERR_ECHO_OPTION',
      `invalid address "${text}"; expected 9100, :9100, 192.0.2.1:9100 or [::1]:9100`,
    );
  }
  return { host: address === undefined ? '127.0.0.1' : (host ?? '').replace(/^\[(.*)\]$/, '$1'), port };
};
