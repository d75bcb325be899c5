import type { EchoEvent } from '../events';
import { given } from '../given';
import { listenTcp } from '../tcp/tcpListener';
import { listenUdp } from '../udp/udpListener';
import type { Bind } from './bindAll';
import { transportsOf, type EchoServerOptions } from './options';

/** What a server has to bind: TCP first, each transport at each address; without addresses, at all local ones. */
export const binds = (
  { tcp, udp, backlog, askAcceptor$, lingerMs, scheduler }: EchoServerOptions,
  addresses: readonly string[],
  say: (event: EchoEvent) => void,
): Bind[] => {
  const places = addresses.length === 0 ? [{}] : addresses.map((host) => placeOf(host, addresses));
  const tcpOptions = given({ backlog, askAcceptor$, lingerMs, scheduler });
  const bindTcp = places.map(
    (place): Bind =>
      (port) =>
        listenTcp({ ...tcpOptions, ...place, port }),
  );
  const bindUdp = places.map(
    (place): Bind =>
      (port) =>
        listenUdp({ ...place, port, onDropped: (dropped) => say({ kind: 'dropped', ...dropped }) }),
  );
  return transportsOf(given({ tcp, udp })).flatMap((transport) => (transport === 'tcp' ? bindTcp : bindUdp));
};

/** `::` serves IPv4 too, and would collide with a `0.0.0.0` beside it. */
const placeOf = (host: string, addresses: readonly string[]) => ({
  host,
  ipv6Only: host === '::' && addresses.includes('0.0.0.0'),
});
