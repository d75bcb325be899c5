import type { Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import type * as access from '../../server/limits/accessList';

/**
 * Reads an address to listen on; `[::1]`, as in our own lines, is `::1`.
 *
 * @throws `ERR_ECHO_OPTION` for an empty text: an unset variable of a script would otherwise open all addresses.
 */
export const parseHost = (text: string): string => {
  const address = text.trim().replace(/^\[(.*)\]$/, '$1');
  if (address !== '') return address;
  throw new EchoError('ERR_ECHO_OPTION', 'expected an address; leave --host out to listen on all of them');
};

/** Reads a network or an address, as `AccessList` does. @throws `ERR_ECHO_OPTION` for anything else. */
export const parseNetwork = (text: string): string => {
  // Loaded on demand: --help needs no server (010).
  const { AccessList } = require('../../server/limits/accessList') as typeof access;
  new AccessList({ deny: [text] });
  return text;
};

/**
 * Reads the address of metrics: `9100` on loopback, `:9100` on all addresses, `192.0.2.1:9100` or `[::1]:9100` on one.
 *
 * @throws `ERR_ECHO_OPTION` with the expected form.
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
