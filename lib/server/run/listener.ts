import type { TcpListener } from '../../tcp/tcpListener';
import type { UdpListener } from '../../udp/udpListener';

/** A bound socket of a server. */
export type Listener = TcpListener | UdpListener;
