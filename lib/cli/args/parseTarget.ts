import type { Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import { parsePort } from './parseOption';

/** The port of an echo service, RFC 862. */
const ECHO_PORT = 7;

/**
 * Reads a target: `host`, `host:7007`, `[2001:db8::1]:7007`, or a bare IPv6 address, with its zone.
 *
 * @param port The port of `--port`, if it is set.
 * @throws `ERR_ECHO_OPTION` for an empty host, an invalid port, or a port that differs from `port`.
 */
export const parseTarget = (text: string, port?: number): Endpoint => {
  const { host, digits } = partsOf(text.trim());
  if (host === '')
    throw new EchoError('ERR_ECHO_OPTION', `invalid target "${text}"; expected HOST, HOST:PORT or [IPV6]:PORT`);
  if (digits === undefined) return { host, port: port ?? ECHO_PORT };
  const own = portIn(digits, text);
  if (port !== undefined && port !== own) {
    throw new EchoError('ERR_ECHO_OPTION', `${text} and --port ${port} name two ports; leave one of them out`);
  }
  return { host, port: own };
};

const partsOf = (text: string): { readonly host: string; readonly digits?: string } => {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) return { host: bracketed[1]!, ...(bracketed[2] !== undefined && { digits: bracketed[2] }) };
  if (/[[\]\s]/.test(text)) return { host: '' };
  // A bare IPv6 address is all address: its last group is no port.
  if (text.split(':').length > 2) return { host: text };
  const [, host = text, digits] = /^([^:]*)(?::(.*))?$/.exec(text) ?? [];
  return { host, ...(digits !== undefined && { digits }) };
};

const portIn = (digits: string, text: string): number => {
  try {
    return parsePort(digits);
  } catch {
    throw new EchoError('ERR_ECHO_OPTION', `invalid port in "${text}"; expected a whole number from 0 to 65535`);
  }
};
