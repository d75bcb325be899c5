import type { EchoEvent } from '../events';
import type { PeerAccount } from '../peer';
import { Roster } from '../roster';

/** What a server served, in numbers. */
export type Traffic = Record<
  'connections' | 'open' | 'flows' | 'datagrams' | 'tcpIn' | 'tcpOut' | 'udpIn' | 'udpOut',
  number
> & {
  /** Connections that were not served, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Datagrams that were not answered, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
};

/** Adds up what a server served, from its events. */
export class TrafficSummary {
  readonly #open = new Roster<PeerAccount>('traffic');
  readonly #refused: Record<string, number> = {};
  readonly #dropped: Record<string, number> = {};
  readonly #sum: Traffic = {
    connections: 0,
    open: 0,
    refused: this.#refused,
    flows: 0,
    datagrams: 0,
    dropped: this.#dropped,
    tcpIn: 0,
    tcpOut: 0,
    udpIn: 0,
    udpOut: 0,
  };

  follow(event: EchoEvent<PeerAccount>): void {
    if (event.kind === 'opened') {
      this.#open.add(event.peer);
      this.#sum[event.peer.transport === 'tcp' ? 'connections' : 'flows'] += 1;
    } else if (event.kind === 'closed') {
      this.#open.delete(event.peer);
      add(this.#sum, event.peer);
    } else if (event.kind === 'answered') {
      this.#sum.datagrams += 1;
      this.#sum.udpIn += event.bytes;
      this.#sum.udpOut += event.bytes;
    } else if (event.kind === 'refused') {
      addOne(this.#refused, event.why);
    } else if (event.kind === 'dropped') {
      addOne(this.#dropped, event.reason);
    } else if (event.kind === 'overflowed') {
      addTo(event.transport === 'tcp' ? this.#refused : this.#dropped, 'kernel', event.dropped);
    }
  }

  /** As of now, with what those have moved that are still there. */
  get traffic(): Traffic {
    const open = [...this.#open].filter(({ transport }) => transport === 'tcp').length;
    return [...this.#open].reduce(add, {
      ...this.#sum,
      open,
      refused: { ...this.#refused },
      dropped: { ...this.#dropped },
    });
  }
}

const addTo = (counts: Record<string, number>, reason: string, count: number): void =>
  void (counts[reason] = (counts[reason] ?? 0) + count);

const addOne = (counts: Record<string, number>, reason: string): void => addTo(counts, reason, 1);

const add = (sum: Traffic, { transport, bytesIn, bytesOut }: PeerAccount): Traffic => {
  sum[`${transport}In`] += bytesIn;
  sum[`${transport}Out`] += bytesOut;
  return sum;
};
