import type { SchedulerLike, Subscription } from 'rxjs';
import type { Datagram } from '../../peer';
import { LruList } from './lruList';
import { sourceKey } from '../filter/sourceKey';
import type { FlowEntry, UdpFlow } from './udpFlow';

/**
 * The flows by peer, from the least recently used, with one timer for the first.
 *
 * A source that asks two of our addresses has two flows, because each reply leaves from the address that was asked.
 */
export class FlowTable {
  readonly #byLocal = new Map<string, Map<number | string, FlowEntry>>();
  readonly #order = new LruList<FlowEntry>();
  #size = 0;
  #timer: Subscription | undefined;

  constructor(
    private readonly idleMs: number,
    private readonly scheduler: SchedulerLike,
  ) {}

  get size(): number {
    return this.#size;
  }

  /** Opens a flow with its first datagram. */
  add({ local, remote }: Datagram, flow: UdpFlow): FlowEntry {
    const byPeer = this.#byLocal.get(local.host) ?? new Map<number | string, FlowEntry>();
    this.#byLocal.set(local.host, byPeer);
    const entry: FlowEntry = { byPeer, key: sourceKey(remote.host, remote.port), flow, activeAtMs: 0 };
    byPeer.set(entry.key, entry);
    flow.entry = entry;
    this.#size += 1;
    this.#renew(entry);
    if (this.#timer === undefined) this.#arm(this.idleMs);
    return entry;
  }

  /** Returns the entry of a datagram's peer, which becomes the most recently used. */
  hear({ local, remote }: Datagram): FlowEntry | undefined {
    const entry = this.#byLocal.get(local.host)?.get(sourceKey(remote.host, remote.port));
    if (entry) this.#renew(entry);
    return entry;
  }

  delete(entry: FlowEntry): void {
    if (entry.byPeer.get(entry.key) !== entry) return;
    entry.byPeer.delete(entry.key);
    this.#order.delete(entry);
    this.#size -= 1;
  }

  endOldest(): void {
    const { oldest } = this.#order;
    if (oldest) this.#end(oldest);
  }

  endAll(): void {
    this.#timer?.unsubscribe();
    while (this.#size > 0) this.endOldest();
  }

  #end(entry: FlowEntry): void {
    this.delete(entry);
    entry.flow.end();
  }

  #renew(entry: FlowEntry, atMs = this.scheduler.now()): void {
    entry.activeAtMs = atMs;
    this.#order.touch(entry);
  }

  #arm(delayMs: number): void {
    this.#timer = this.scheduler.schedule(() => this.#endIdle(), delayMs);
  }

  #endIdle(): void {
    const now = this.scheduler.now();
    for (let entry = this.#order.oldest; entry; entry = this.#order.oldest) {
      const idleInMs = entry.activeAtMs + this.idleMs - now;
      if (idleInMs > 0) return this.#arm(idleInMs);
      const { budget, sentAtMs } = entry.flow;
      if (budget.bufferedFrames > 0) this.#renew(entry, now);
      else if (sentAtMs > entry.activeAtMs) this.#renew(entry, sentAtMs);
      else this.#end(entry);
    }
    this.#timer = undefined;
  }
}
