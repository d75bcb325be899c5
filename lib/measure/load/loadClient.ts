import type { SchedulerLike } from 'rxjs';
import type { Endpoint } from '../../endpoint';
import type { LoadStats } from './loadStats';
import type { Messages } from './messages';

/** One connection, or one UDP socket, of a load. */
export interface LoadClient {
  /** Resolves when it is connected; rejects with the system's error. */
  open(): Promise<void>;
  /** Sends a message. `dueMs` is set if the load has a rate. */
  send(dueMs?: number): void;
  close(): void;
}

export interface LoadClientOptions {
  readonly target: Endpoint;
  readonly messages: Messages;
  readonly stats: LoadStats;
  readonly scheduler: SchedulerLike;
  /** Limits the wait for a datagram, in milliseconds. */
  readonly timeoutMs: number;
  /** TCP: closes and connects again after each message. */
  readonly reconnect: boolean;
  /**
   * Called when a message has come back, or never will: the next one of a closed loop can go. It is a callback because an
   * IxJS pipeline that pulls each answer costs 3.5 us a message, a third of all that a message takes.
   */
  readonly onDone: (client: LoadClient) => void;
}
