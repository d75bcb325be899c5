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

/** What every server has, whatever it does with what comes. */
export interface ServerOptions
  extends
    Omit<ConnectionOptions, 'sharedBudget' | 'reuseReadBuffer'>,
    LimitsOptions,
    Pick<TcpServerOptions, 'acceptQueueDrained$'> {
  /** Serve TCP. Default: `true`, unless `udp` alone is asked for. */
  readonly tcp?: boolean;
  /** Serve UDP; with `tcp`, both on the same port number. Default: `false`. */
  readonly udp?: boolean;
  /** The addresses to bind; a name is looked up. Default: all local addresses, IPv6 and IPv4. */
  readonly hosts?: readonly string[];
  /** 0 to 65535; 0 picks one number that is free for all addresses and transports served. */
  readonly port: number;
  /** Whom to serve; it can be given other lists while the server runs. Default: everybody. */
  readonly access?: AccessList;
  /** End after the first connection has ended, or the first datagram was answered. Default: `false`. */
  readonly once?: boolean;
  /**
   * What is plugged in between source and sink, in the order in which the bytes pass: stages, and faults in the words
   * of the command line. Default: nothing, and nothing can be changed while the server runs.
   */
  readonly stages?: readonly StageOrFault[];
  /** Repeats the random numbers of an earlier run. Default: drawn. */
  readonly seed?: number;
  /** In place of `stages` and `seed`: the same, made by the caller, who can change it while the server runs. */
  readonly faults?: FaultControl;
  /** Told of each decision of a fault. Default: nobody is. */
  readonly onFaultDecision?: (record: DecisionRecord) => void;
  /** The signals to stop; the first starts the drain, one that comes 500 ms or more later ends it. */
  readonly requests$: Observable<StopRequest>;
  /** How many connections the kernel may queue until they are accepted; it may cap this. Default: `511`. */
  readonly backlog?: number;
  /** With stages, a UDP peer is forgotten when it was silent for so long, in milliseconds. Default: `60000`. */
  readonly idleMs?: number;
  /**
   * With stages, UDP peers at once; one more ends the least recently used. Default: `4096`, or as many as fit into a
   * quarter of the heap.
   */
  readonly maxFlows?: number;
  /** In place of the limits above: the same, made by the caller, who can replace them while the server runs. */
  readonly limits?: Limits;
  /** Without hosts: one UDP socket for all local addresses, in place of one at each. Default: `false`. */
  readonly wildcard?: boolean;
  /** The local addresses, for UDP. Default: `os.networkInterfaces`, looked up every 5 s. */
  readonly interfaces?: NonNullable<UdpServerOptions['interfaces']>;
  /** How much the kernel is asked to keep of what a UDP socket has not yet read, in bytes. Default: 4 MiB. */
  readonly receiveBufferBytes?: number;
  /** How many UDP datagrams of one address are answered a second. Default: as many as come. */
  readonly maxDatagramsPerSecond?: number;
  /** What the server did so far, for one that reads it while it runs. Default: the server's own. */
  readonly stats?: ServerStats;
  /** The clock and the timers. Default: real time. */
  readonly scheduler?: SchedulerLike;
}

/** Of an echo: with the rules that only an echo needs. */
export interface EchoServerOptions extends ServerOptions {
  /** UDP source ports that are never answered, beside 0 and the port that is served. Default: `'reserved'`. */
  readonly ignoreSourcePorts?: SourcePortPolicy;
  /** After how many turns of what looks like a loop of two echo servers a UDP answer is withheld. Default: `10000`. */
  readonly loopThreshold?: number;
  /**
   * Emit `answered` for each datagram, which costs as much as an answer. Without stages only. Default: `false`: they are
   * counted at the socket (`stats`).
   */
  readonly answered?: boolean;
}

/** Those that a server for a test has too. */
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

/** What a server serves, TCP first: TCP unless UDP alone is asked for. */
export const transportsOf = ({ udp = false, tcp = !udp }: Pick<ServerOptions, 'tcp' | 'udp'>): Transport[] => [
  ...(tcp ? (['tcp'] as const) : []),
  ...(udp ? (['udp'] as const) : []),
];
