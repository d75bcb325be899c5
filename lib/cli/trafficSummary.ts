import type { EchoEvent } from '../events';
import type { Peer } from '../peer';
import type { RefusalReason } from '../refusalReason';
import { formatBytes, formatCount } from '../units/format';

/** What a server served, from its events: a line for each transport that had something to do. */
export class TrafficSummary {
  readonly #open = new Set<Peer>();
  #connections = 0;
  #flows = 0;
  #datagrams = 0;
  #dropped = 0;
  readonly #refused = new Map<RefusalReason, number>();
  #bytes = { tcpIn: 0, tcpOut: 0, udpIn: 0, udpOut: 0 };

  follow(event: EchoEvent): void {
    if (event.kind === 'opened') {
      this.#open.add(event.peer);
      if (event.peer.transport === 'tcp') this.#connections += 1;
      else this.#flows += 1;
    } else if (event.kind === 'closed') {
      this.#open.delete(event.peer);
      this.#add(this.#bytes, event.peer);
    } else if (event.kind === 'answered') {
      this.#datagrams += 1;
      this.#bytes.udpIn += event.bytes;
      this.#bytes.udpOut += event.bytes;
    } else if (event.kind === 'refused') {
      this.#refused.set(event.why, (this.#refused.get(event.why) ?? 0) + 1);
    } else if (event.kind === 'dropped') {
      this.#dropped += 1;
    }
  }

  lines(): string[] {
    const { tcpIn, tcpOut, udpIn, udpOut } = [...this.#open].reduce((sum, peer) => this.#add(sum, peer), {
      ...this.#bytes,
    });
    const open = [...this.#open].filter(({ transport }) => transport === 'tcp').length;
    const tcp = `tcp: ${formatCount(this.#connections, 'connection')}, ${open} open, ${formatBytes(tcpIn)} in, ${formatBytes(tcpOut)} out${this.#refusals()}`;
    const answered = this.#flows > 0 ? formatCount(this.#flows, 'flow') : formatCount(this.#datagrams, 'datagram');
    const udp = `udp: ${answered}, ${formatBytes(udpIn)} in, ${formatBytes(udpOut)} out, ${this.#dropped} not answered`;
    const quietUdp = this.#datagrams + this.#flows + this.#dropped === 0;
    return [...(this.#connections + this.#refused.size > 0 || quietUdp ? [tcp] : []), ...(quietUdp ? [] : [udp])];
  }

  #refusals(): string {
    return [...this.#refused].map(([why, count]) => `, ${count} refused (${why})`).join('');
  }

  #add(sum: { tcpIn: number; tcpOut: number; udpIn: number; udpOut: number }, { transport, bytesIn, bytesOut }: Peer) {
    sum[`${transport}In`] += bytesIn;
    sum[`${transport}Out`] += bytesOut;
    return sum;
  }
}
