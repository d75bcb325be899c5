import type { Observable, SchedulerLike } from 'rxjs';
import type { Keys } from '../assertKeys';
import type { Transport } from '../endpoint';
import type { ConnectionOptions, TcpServerOptions, UdpServerOptions } from '../options';
import type { SourcePortPolicy } from '../sourcePortPolicies';
import type { AccessList } from './limits/accessList';
import type { FaultControl, StageOrFault } from '../faults/faultControl';
import type { Limits, LimitsOptions } from './limits/limits';
import type { ServerStats } from './serverStats';
import type { DecisionRecord } from '../stageEnvironment';
import type { StopRequest } from './stop/shutdownSchedule';

/** The options of every server. */
export interface ServerOptions
  extends
    Omit<ConnectionOptions, 'sharedBudget' | 'reuseReadBuffer'>,
    LimitsOptions,
    Pick<TcpServerOptions, 'acceptQueueDrained$'> {
  /** Serves TCP. Default: `true`, unless only `udp` is set. */
  readonly tcp?: boolean;
  /** Serves UDP; with `tcp`, both on the same port number. Default: `false`. */
  readonly udp?: boolean;
  /** Sets the addresses to bind; names are resolved. Default: all local addresses, IPv6 and IPv4. */
  readonly hosts?: readonly string[];
  /** Sets the port, 0 to 65535; 0 picks one that is free for all addresses and transports. */
  readonly port: number;
  /** Limits the sources that are served; its lists can be replaced while the server runs. Default: all. */
  readonly access?: AccessList;
  /** Ends the server after the first connection has ended or the first datagram is answered. Default: `false`. */
  readonly once?: boolean;
  /**
   * Sets the stages between source and sink, in the order in which bytes pass: functions, or faults as text. Default:
   * none, which cannot be changed while the server runs.
   */
  readonly stages?: readonly StageOrFault[];
  /** Repeats the random numbers of an earlier run. Default: a random seed. */
  readonly seed?: number;
  /** Replaces `stages` and `seed` by a control that the caller made, and can use while the server runs. */
  readonly faults?: FaultControl;
  /** Called for each decision of a fault. Default: nothing is called. */
  readonly onFaultDecision?: (record: DecisionRecord) => void;
  /** Emits the requests to stop: the first starts the drain, one that comes 500 ms or more later ends it. */
  readonly requests$: Observable<StopRequest>;
  /** Sets how many connections the kernel queues until they are accepted; the system may cap it. Default: `511`. */
  readonly backlog?: number;
  /** With stages, limits how long a UDP flow may be silent, in milliseconds. Default: `60000`. */
  readonly idleMs?: number;
  /**
   * With stages, limits the UDP flows; a further one ends the least recently used. Default: `4096`, or as many as fit
   * into a quarter of the heap.
   */
  readonly maxFlows?: number;
  /** Replaces the limits above by limits that the caller made, and can replace while the server runs. */
  readonly limits?: Limits;
  /** Without hosts, binds one UDP socket for all local addresses instead of one for each. Default: `false`. */
  readonly wildcard?: boolean;
  /** Lists the local addresses for UDP. Default: `os.networkInterfaces`, every 5 s. */
  readonly interfaces?: NonNullable<UdpServerOptions['interfaces']>;
  /** Sets the receive buffer to request for each UDP socket, in bytes. Default: 4 MiB. */
  readonly receiveBufferBytes?: number;
  /** Limits the datagrams answered per second to one address. Default: no limit. */
  readonly maxDatagramsPerSecond?: number;
  /** Counts what the server serves, for a caller that reads it meanwhile. Default: the server's own. */
  readonly stats?: ServerStats;
  /** Sets the clock and the timers. Default: real time. */
  readonly scheduler?: SchedulerLike;
}

/** The options of an echo, with the rules that only an echo needs. */
export interface EchoServerOptions extends ServerOptions {
  /**
   * Selects the UDP source ports that are not answered, beside 0 and the port that is served. Default: `'reserved'`.
   */
  readonly ignoreSourcePorts?: SourcePortPolicy;
  /** Sets after how many round trips of a possible loop a UDP reply is withheld. Default: `10000`. */
  readonly loopThreshold?: number;
  /** Emits `answered` for each datagram, which costs as much as a reply. Only without stages. Default: `false`. */
  readonly answered?: boolean;
}

/** The options that a server for a test shares. */
export const sharedKeys: Keys<Omit<ServerOptions, 'hosts' | 'faults' | 'requests$'>> = {
  tcp: true,
  udp: true,
  port: true,
  access: true,
  once: true,
  stages: true,
  seed: true,
  onFaultDecision: true,
  backlog: true,
  lingerMs: true,
  idleMs: true,
  maxFlows: true,
  limits: true,
  maxConnections: true,
  maxConnectionsPerSource: true,
  maxBufferedBytes: true,
  idleTimeoutMs: true,
  wildcard: true,
  interfaces: true,
  receiveBufferBytes: true,
  maxDatagramsPerSecond: true,
  acceptQueueDrained$: true,
  stats: true,
  scheduler: true,
};

const serverKeys: Keys<ServerOptions> = { ...sharedKeys, hosts: true, faults: true, requests$: true };

export const echoKeys: Keys<Omit<EchoServerOptions, keyof ServerOptions>> = {
  ignoreSourcePorts: true,
  loopThreshold: true,
  answered: true,
};

export const echoServerKeys: Keys<EchoServerOptions> = { ...serverKeys, ...echoKeys };

/** Returns the transports that are served, TCP first. */
export const transportsOf = ({ udp = false, tcp = !udp }: Pick<ServerOptions, 'tcp' | 'udp'>): Transport[] => [
  ...(tcp ? (['tcp'] as const) : []),
  ...(udp ? (['udp'] as const) : []),
];
