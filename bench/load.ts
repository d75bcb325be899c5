/** What the clients of the benchmark do: messages to and fro on connections that stay, connections of one message, datagrams. */
export type LoadKind = 'messages' | 'cycles' | 'datagrams';

/** What they do it with, all at once and for as long as the load runs. */
export interface LoadOptions {
  readonly port: number;
  /** Connections, UDP sockets, or loops of connect, echo and close. */
  readonly clients: number;
  readonly bytes: number;
  /** Messages of a client under way at once. */
  readonly depth: number;
}

/** What a client saw since the last `reset`. */
export interface Seen {
  readonly messages: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** A load that runs until it is stopped. */
export interface Load {
  /** How many messages are back since the last `reset`. */
  messages(): Promise<number>;
  reset(): void;
  /** @throws When a byte was wrong: the run is void. */
  seen(): Promise<Seen>;
  stop(): Promise<void>;
}

/** Who starts a load: clients on Node, or those in C. */
export type StartLoad = (kind: LoadKind, options: LoadOptions) => Promise<Load>;
