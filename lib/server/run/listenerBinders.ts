import type { EchoEvent } from '../../events';
import { given } from '../../omitUndefined';
import type { Note } from '../../options';
import type { DroppedDatagram, RefusedConnection } from '../../peer';
import { listenTcp } from '../../tcp/tcpListener';
import { listenUdp } from '../../udp/listenUdp';
import type { Bind } from '../../net/bindAll';
import type { Listener } from './listener';
import { transportsOf, type ServerOptions } from '../serverOptions';

/** What a server has to bind: TCP first, each transport at each address; without addresses, at all local ones. */
export const binds = (
  {
    tcp,
    udp,
    backlog,
    askAcceptor$,
    lingerMs,
    maxDatagramsPerSecond,
    scheduler,
    wildcard,
    interfaces,
    receiveBufferBytes,
    limits,
  }: Omit<ServerOptions, 'requests$'>,
  addresses: readonly string[],
  lendChunks: boolean,
  emit: (event: EchoEvent) => void,
): Bind<Listener>[] => {
  const places = addresses.length === 0 ? [{}] : addresses.map((host) => placeOf(host, addresses));
  const pool = limits?.held;
  const onRefused = (refused: RefusedConnection): void => emit({ kind: 'refused', transport: 'tcp', ...refused });
  const tcpOptions = { ...given({ backlog, askAcceptor$, lingerMs, scheduler, pool }), lendChunks, onRefused };
  const onDropped = (dropped: DroppedDatagram): void => emit({ kind: 'dropped', ...dropped });
  const onNoted = (note: Note): void => emit({ kind: 'noted', ...note });
  const udpOptions = {
    ...given({ maxDatagramsPerSecond, scheduler, wildcard, interfaces, receiveBufferBytes, pool }),
    onDropped,
    onNoted,
  };
  const bindTcp = places.map(
    (place): Bind<Listener> =>
      (port) =>
        listenTcp({ ...tcpOptions, ...place, port }, limits?.connections),
  );
  const bindUdp = places.map(
    (place): Bind<Listener> =>
      (port) =>
        listenUdp({ ...udpOptions, ...place, port }),
  );
  return transportsOf(given({ tcp, udp })).flatMap((transport) => (transport === 'tcp' ? bindTcp : bindUdp));
};

/** `::` serves IPv4 too, and would collide with a `0.0.0.0` beside it. */
const placeOf = (host: string, addresses: readonly string[]) => ({
  host,
  ipv6Only: host === '::' && addresses.includes('0.0.0.0'),
});
