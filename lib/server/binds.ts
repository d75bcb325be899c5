import type { EchoEvent } from '../events';
import { given } from '../given';
import type { Note } from '../options';
import type { DroppedDatagram, RefusedConnection } from '../peer';
import { listenTcp } from '../tcp/tcpListener';
import { listenUdp } from '../udp/udpListener';
import type { Bind } from '../bindAll';
import type { Listener } from './listener';
import { transportsOf, type EchoServerOptions } from './options';

/** What a server has to bind: TCP first, each transport at each address; without addresses, at all local ones. */
export const binds = (
  {
    tcp,
    udp,
    backlog,
    askAcceptor$,
    lingerMs,
    refuse,
    loopTurns,
    maxDatagramsPerSecond,
    scheduler,
    wildcard,
    interfaces,
    receiveBufferBytes,
    limits,
    stages,
    faults,
  }: EchoServerOptions,
  addresses: readonly string[],
  say: (event: EchoEvent) => void,
): Bind<Listener>[] => {
  const places = addresses.length === 0 ? [{}] : addresses.map((host) => placeOf(host, addresses));
  const pool = limits?.held;
  const onRefused = (refused: RefusedConnection): void => say({ kind: 'refused', transport: 'tcp', ...refused });
  // Without stages nobody is on the way who could keep a chunk.
  const lendChunks = stages === undefined && faults === undefined;
  const tcpOptions = { ...given({ backlog, askAcceptor$, lingerMs, scheduler, pool }), lendChunks, onRefused };
  const onDropped = (dropped: DroppedDatagram): void => say({ kind: 'dropped', ...dropped });
  const onNoted = (note: Note): void => say({ kind: 'noted', ...note });
  const udpOptions = {
    ...given({ refuse, loopTurns, maxDatagramsPerSecond, scheduler, wildcard, interfaces, receiveBufferBytes, pool }),
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
