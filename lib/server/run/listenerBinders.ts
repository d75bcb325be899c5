import { type TcpListener, listenTcp } from '../../tcp/tcpListener';
import type { UdpListener } from '../../udp/udpListener';
import type { EchoEvent } from '../../events';
import { omitUndefined } from '../../omitUndefined';
import type { LogEntry } from '../../options';
import type { DroppedDatagram, RefusedConnection } from '../../peer';
import { listenUdp } from '../../udp/listenUdp';
import type { Binder } from '../../net/bindAll';
import { transportsOf, type ServerOptions } from '../serverOptions';

/** Returns a binder for each transport and address, TCP first; without addresses, for all local ones. */
export const listenerBinders = (
  {
    tcp,
    udp,
    backlog,
    acceptQueueDrained$,
    lingerMs,
    maxDatagramsPerSecond,
    scheduler,
    wildcard,
    interfaces,
    receiveBufferBytes,
    limits,
  }: Omit<ServerOptions, 'requests$'>,
  addresses: readonly string[],
  reuseReadBuffer: boolean,
  emit: (event: EchoEvent) => void,
): Binder<Listener>[] => {
  const places = addresses.length === 0 ? [{}] : addresses.map((host) => hostOptions(host, addresses));
  const sharedBudget = limits?.buffered;
  const onRefused = (refused: RefusedConnection): void => emit({ kind: 'refused', transport: 'tcp', ...refused });
  const tcpOptions = {
    ...omitUndefined({ backlog, acceptQueueDrained$, lingerMs, scheduler, sharedBudget }),
    reuseReadBuffer,
    onRefused,
  };
  const onDropped = (dropped: DroppedDatagram): void => emit({ kind: 'dropped', ...dropped });
  const onLog = (note: LogEntry): void => emit({ kind: 'log', ...note });
  const udpOptions = {
    ...omitUndefined({ maxDatagramsPerSecond, scheduler, wildcard, interfaces, receiveBufferBytes, sharedBudget }),
    onDropped,
    onLog,
  };
  const bindTcp = places.map(
    (place): Binder<Listener> =>
      (port) =>
        listenTcp({ ...tcpOptions, ...place, port }, limits?.connections),
  );
  const bindUdp = places.map(
    (place): Binder<Listener> =>
      (port) =>
        listenUdp({ ...udpOptions, ...place, port }),
  );
  return transportsOf(omitUndefined({ tcp, udp })).flatMap((transport) => (transport === 'tcp' ? bindTcp : bindUdp));
};

/** `::` also serves IPv4, and would collide with a `0.0.0.0` beside it. */
const hostOptions = (host: string, addresses: readonly string[]) => ({
  host,
  ipv6Only: host === '::' && addresses.includes('0.0.0.0'),
});

/** A bound socket of a server. */
export type Listener = TcpListener | UdpListener;
