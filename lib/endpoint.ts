/** One end of a connection or of a datagram's way: an address and a port, without a name to look up. */
export interface Endpoint {
  /** An IPv4 address, or an IPv6 address with its zone; the empty string is all local addresses. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

export type Transport = 'tcp' | 'udp';

/** An endpoint as engineers write it: `127.0.0.1:7`, `[::1]:7`, and `:7` for all local addresses. */
export const formatEndpoint = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Whether a host that a socket is bound to is all local addresses. */
export const isWildcard = (host: string): boolean => host === '' || host === '::' || host === '0.0.0.0';

/** The address as its owner knows it: a dual-stack socket reports the IPv4 peer 192.0.2.1 as `::ffff:192.0.2.1`. */
export const stripV4Mapped = (host: string): string =>
  host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host;
