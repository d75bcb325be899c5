import { Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { formatEndpoint } from '../endpoint';
import { byteBudget } from '../flow/byteBudget';
import { defaults, numberIn } from '../options';
import type { Datagram, DroppedDatagram, Flow } from '../peer';
import { UdpFlow } from './udpFlow';

export interface FlowsOptions {
  /** A flow ends when its peer has been silent for so long and nothing of it is held, in milliseconds. Default: `60000`. */
  readonly idleMs?: number;
  /** Flows at once; one more ends the least recently used. Minimum: `1`. Default: `4096`. */
  readonly maxFlows?: number;
  /** The clock and the timer. Default: real time. */
  readonly scheduler?: SchedulerLike;
  /** Told of each datagram that no flow takes. Default: nobody is. */
  readonly onDropped?: (dropped: DroppedDatagram) => void;
}

/**
 * Sorts datagrams into one flow for each peer.
 *
 * ```text
 * datagrams    -a-b-a------b|      two peers
 * flows        -A-B----------|     each emitted at its first datagram
 * A            -a---a-----|        silent for idleMs
 * B            ---b-------b|       the source ended
 * ```
 *
 * When a stage has ended a flow (`limit`, `reset`), its peer's later datagrams are dropped until it has been silent for
 * `idleMs`; a flow that failed leaves at once, and the next datagram opens a new one. While all flows together hold
 * 16 MiB, a new datagram is dropped and counted.
 *
 * Not `groupBy`: it has no bound, and a group whose subscriber has left swallows what follows.
 *
 * @throws `ERR_ECHO_OPTION` for an option out of its range.
 */
export const flows = (options: FlowsOptions = {}): OperatorFunction<Datagram, Flow> => {
  const { idleMs = defaults.idleMs, maxFlows = defaults.maxFlows, scheduler = defaults.scheduler } = options;
  const { onDropped = () => undefined } = options;
  numberIn('idleMs', idleMs, 1);
  numberIn('maxFlows', maxFlows, 1);
  return (datagrams$) =>
    new Observable((subscriber) => {
      const table = new FlowTable(idleMs, scheduler);
      const budget = byteBudget();
      const pool = budget.holder();
      let opened = 0;

      const open = (datagram: Datagram, key: string): Entry => {
        if (table.size >= maxFlows) table.endOldest();
        const entry: Entry = {
          key,
          heardAtMs: scheduler.now(),
          dropping: false,
          flow: new UdpFlow((opened += 1), datagram, pool, (end) => {
            if (end === 'gone') table.delete(entry);
            else entry.dropping = true;
          }),
        };
        table.add(entry);
        subscriber.next(entry.flow);
        return entry;
      };
      const receive = (datagram: Datagram): void => {
        const { remote, data } = datagram;
        const drop = (reason: 'overlimit' | 'flow ended'): void =>
          onDropped({ reason, remote, bytes: data.byteLength });
        if (!budget.open) return drop('overlimit');
        const key = formatEndpoint(remote);
        const entry = table.touch(key) ?? open(datagram, key);
        if (entry.dropping) return drop('flow ended');
        entry.flow.push(data);
      };

      subscriber.add(() => table.stop());
      subscriber.add(
        datagrams$.subscribe({
          next: receive,
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            table.endAll();
            subscriber.complete();
          },
        }),
      );
    });
};

interface Entry {
  readonly key: string;
  readonly flow: UdpFlow;
  heardAtMs: number;
  /** Whether a stage has ended the flow, and its peer has yet to fall silent. */
  dropping: boolean;
}

/** The flows by peer, the longest unheard first, and one timer for that one. */
class FlowTable {
  readonly #entries = new Map<string, Entry>();
  #timer: Subscription | undefined;

  constructor(
    private readonly idleMs: number,
    private readonly scheduler: SchedulerLike,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  add(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    if (this.#timer === undefined) this.#arm(this.idleMs);
  }

  /** The entry of a peer that was just heard. */
  touch(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry) this.#renew(entry);
    return entry;
  }

  delete(entry: Entry): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
  }

  endOldest(): void {
    for (const entry of this.#entries.values()) return this.#end(entry);
  }

  endAll(): void {
    for (const entry of this.#entries.values()) this.#end(entry);
    this.stop();
  }

  stop(): void {
    this.#timer?.unsubscribe();
  }

  #end(entry: Entry): void {
    this.#entries.delete(entry.key);
    entry.flow.end();
  }

  #renew(entry: Entry): void {
    entry.heardAtMs = this.scheduler.now();
    // To the end of the map: its order is the order of the last datagrams.
    this.#entries.delete(entry.key);
    this.#entries.set(entry.key, entry);
  }

  #arm(delayMs: number): void {
    this.#timer = this.scheduler.schedule(() => this.#endIdle(), delayMs);
  }

  #endIdle(): void {
    const now = this.scheduler.now();
    for (const entry of [...this.#entries.values()]) {
      const idleInMs = entry.heardAtMs + this.idleMs - now;
      if (idleInMs > 0) return this.#arm(idleInMs);
      if (entry.flow.budget.heldFrames > 0) this.#renew(entry);
      else this.#end(entry);
    }
    this.#timer = undefined;
    if (this.size > 0) this.#arm(this.idleMs);
  }
}
