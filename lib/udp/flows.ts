import { Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import type { DropReason } from '../dropReason';
import { byteBudget } from '../flow/byteBudget';
import type { HeldPool } from '../flow/heldPool';
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
  /** What all flows hold counts there too: a datagram that comes while as much is held as may be is dropped. Default: none. */
  readonly pool?: HeldPool;
}

/**
 * Sorts datagrams into one flow for each peer.
 *
 * ```text
 * datagrams                  -a-b-a--b----b|     two peers
 * flows({ idleMs: 6 })       -A-B----------|     each emitted at its first datagram
 * A                          -a---a-----|        silent for idleMs
 * B                          ---b----b----b|     the source ended
 * ```
 *
 * When a stage has ended a flow (`limit`, `reset`), its peer's later datagrams are dropped until it has been silent for
 * `idleMs`; a flow that failed leaves at once, and the next datagram opens a new one. While all flows together hold
 * 16 MiB, a new datagram is dropped and counted. What arrives before a flow is read is held: whoever does not want a
 * flow aborts it. Unsubscribing ends every flow, and what they hold drains.
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
      const budget = byteBudget(options.pool);
      const held = budget.holder();
      let opened = 0;

      const drop = ({ remote, data }: Datagram, reason: DropReason): void =>
        onDropped({ reason, remote, bytes: data.byteLength });
      const open = (first: Datagram, key: string): void => {
        if (table.size >= maxFlows) table.endOldest();
        const flow = new UdpFlow((opened += 1), first, held, {
          gone: () => table.delete(entry),
          drop: (data) => drop({ ...first, data }, 'flow ended'),
        });
        const entry: Entry = { key, heardAtMs: scheduler.now(), flow };
        table.add(entry);
        // Before anybody has the flow: whoever takes one flow and leaves has its first datagram all the same.
        flow.push(first.data);
        subscriber.next(flow);
      };
      const receive = (datagram: Datagram): void => {
        if (!budget.open || options.pool?.open === false) return drop(datagram, 'overlimit');
        const key = keyOf(datagram);
        const entry = table.touch(key);
        if (entry) entry.flow.push(datagram.data);
        else open(datagram, key);
      };

      subscriber.add(() => table.endAll());
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

/** Who asks two of our addresses is two peers: each answer leaves from the address that was asked. */
const keyOf = ({ local, remote }: Datagram): string => `${remote.port} ${remote.host} ${local.host}`;

interface Entry {
  readonly key: string;
  readonly flow: UdpFlow;
  heardAtMs: number;
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
    this.#timer?.unsubscribe();
    for (const entry of this.#entries.values()) this.#end(entry);
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
