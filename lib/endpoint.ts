/** One end of a connection or datagram: an IP address and a port. */
export interface Endpoint {
  /** An IPv4 address, or an IPv6 address with its zone. The empty string means all local addresses. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

export type Transport = 'tcp' | 'udp';

/** Formats an endpoint: `127.0.0.1:7`, `[::1]:7`, and `:7` for all local addresses. */
export const formatEndpoint = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Returns whether a bound host means all local addresses. */
export const isWildcard = (host: string): boolean => host === '' || host === '::' || host === '0.0.0.0';

/** Returns the IPv4 address of a mapped one: a dual-stack socket reports the peer 192.0.2.1 as `::ffff:192.0.2.1`. */
export const stripV4Mapped = (host: string): string =>
  host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host;
