import type { Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';

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
    throw new EchoError('ERR_ECHO_OPTION', `"${text}" is no address: write 9100, :9100, 192.0.2.1:9100 or [::1]:9100`);
  }
  return { host: address === undefined ? '127.0.0.1' : (host ?? '').replace(/^\[(.*)\]$/, '$1'), port };
};
