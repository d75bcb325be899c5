import type { DropReason } from '../dropReason';
import type { EchoEvent } from '../events';
import type { Peer } from '../peer';
import { formatBytes, formatCount } from '../units/format';

/** What a server served, from its events: a line for each transport that had something to do. */
export class TrafficSummary {
  readonly #open = new Set<Peer>();
  #connections = 0;
  #flows = 0;
  #refused = 0;
  #datagrams = 0;
  readonly #dropped = new Map<DropReason, number>();
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
      this.#refused += 1;
    } else if (event.kind === 'dropped') {
      this.#dropped.set(event.reason, (this.#dropped.get(event.reason) ?? 0) + 1);
    }
  }

  lines(): string[] {
    const { tcpIn, tcpOut, udpIn, udpOut } = [...this.#open].reduce((sum, peer) => this.#add(sum, peer), {
      ...this.#bytes,
    });
    const open = [...this.#open].filter(({ transport }) => transport === 'tcp').length;
    const refused = this.#refused > 0 ? `, ${this.#refused} denied` : '';
    const tcp = `tcp: ${formatCount(this.#connections, 'connection')}, ${open} open, ${formatBytes(tcpIn)} in, ${formatBytes(tcpOut)} out${refused}`;
    const answered = this.#flows > 0 ? formatCount(this.#flows, 'flow') : formatCount(this.#datagrams, 'datagram');
    const udp = `udp: ${answered}, ${formatBytes(udpIn)} in, ${formatBytes(udpOut)} out, ${this.#notAnswered()}`;
    const quietUdp = this.#datagrams + this.#flows + this.#dropped.size === 0;
    return [...(this.#connections + this.#refused > 0 || quietUdp ? [tcp] : []), ...(quietUdp ? [] : [udp])];
  }

  #notAnswered(): string {
    const total = [...this.#dropped.values()].reduce((sum, dropped) => sum + dropped, 0);
    const reasons = [...this.#dropped].map(([reason, dropped]) => `${dropped} ${reason}`);
    return `${total} not answered${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`;
  }

  #add(sum: { tcpIn: number; tcpOut: number; udpIn: number; udpOut: number }, { transport, bytesIn, bytesOut }: Peer) {
    sum[`${transport}In`] += bytesIn;
    sum[`${transport}Out`] += bytesOut;
    return sum;
  }
}
