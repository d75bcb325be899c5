import type { EchoEvent } from '../events';
import type { PeerAccount } from '../peer';

/** What a server served, in numbers. */
export type Traffic = Record<
  'connections' | 'open' | 'flows' | 'datagrams' | 'dropped' | 'tcpIn' | 'tcpOut' | 'udpIn' | 'udpOut',
  number
>;

/** Adds up what a server served, from its events. */
export class TrafficSummary {
  readonly #open = new Set<PeerAccount>();
  #sum: Traffic = {
    connections: 0,
    open: 0,
    flows: 0,
    datagrams: 0,
    dropped: 0,
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
    } else if (event.kind === 'dropped') {
      this.#sum.dropped += 1;
    }
  }

  /** As of now, with what those have moved that are still there. */
  get traffic(): Traffic {
    const open = [...this.#open].filter(({ transport }) => transport === 'tcp').length;
    return [...this.#open].reduce(add, { ...this.#sum, open });
  }
}

const add = (sum: Traffic, { transport, bytesIn, bytesOut }: PeerAccount): Traffic => {
  sum[`${transport}In`] += bytesIn;
  sum[`${transport}Out`] += bytesOut;
  return sum;
};
