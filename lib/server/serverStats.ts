import type { DropReason, EndReason, RefusalReason } from '../reasons';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import { IntrusiveSet } from '../streams/intrusiveSet';
import { addCounts, noDatagrams, type DatagramCounts } from '../udp/udpSender';
import type { UdpListener } from '../udp/udpListener';

/** Totals of what a server has served. */
export type Traffic = Record<
  'connections' | 'open' | 'flows' | 'datagrams' | 'tcpIn' | 'tcpOut' | 'udpIn' | 'udpOut',
  number
> & {
  /** Refused connections, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Dropped datagrams, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
};

/**
 * Counts what a server serves, from its events and sockets, for the report, the idle timeout, the summary and the
 * metrics. Values of sockets are read only when they are asked for, so that no message pays for its count.
 */
export class ServerStats<P extends PeerStats = PeerStats> {
  readonly openPeers = new IntrusiveSet<P>('open');
  /** Connections served, over TCP. */
  connections = 0;
  /** UDP flows served; a server without stages has none. */
  flows = 0;
  pauses = 0;
  readonly refused = new Map<RefusalReason | 'kernel', number>();
  readonly closed = new Map<EndReason, number>();
  readonly dropped = new Map<DropReason | 'kernel', number>();
  #droppedBytes = 0;
  readonly #closedTcp = { bytesIn: 0, bytesOut: 0 };
  readonly #sockets: Pick<UdpListener, 'counts'>[] = [];

  /** Counts the traffic of a UDP socket, from its start. */
  watch(socket: Pick<UdpListener, 'counts'>): void {
    this.#sockets.push(socket);
  }

  follow(event: EchoEvent<P>): void {
    switch (event.kind) {
      case 'opened':
        this.openPeers.add(event.peer);
        if (event.peer.transport === 'tcp') this.connections += 1;
        else this.flows += 1;
        break;
      case 'closed':
        this.openPeers.delete(event.peer);
        if (event.peer.transport === 'tcp') this.#closed(event.peer, event.reason);
        break;
      case 'refused':
        add(this.refused, event.reason);
        break;
      case 'dropped':
        add(this.dropped, event.reason);
        this.#droppedBytes += event.bytes;
        break;
      case 'overflowed':
        if (event.transport === 'tcp') add(this.refused, 'kernel', event.dropped);
        else add(this.dropped, 'kernel', event.dropped);
        break;
      case 'paused':
        this.pauses += 1;
    }
  }

  /** Returns the number of open peers. */
  open(transport: P['transport']): number {
    return this.#open(transport).length;
  }

  /** Returns the bytes received from open peers and not yet sent back. */
  bytesPending(transport: P['transport']): number {
    return this.#open(transport).reduce((sum, { bytesPending }) => sum + bytesPending, 0);
  }

  get tcp(): { readonly bytesIn: number; readonly bytesOut: number } {
    return this.#open('tcp').reduce(
      (sum, { bytesIn, bytesOut }) => ({ bytesIn: sum.bytesIn + bytesIn, bytesOut: sum.bytesOut + bytesOut }),
      this.#closedTcp,
    );
  }

  get udp(): DatagramCounts {
    return this.#sockets.reduce((sum, { counts }) => addCounts(sum, counts), noDatagrams);
  }

  get traffic(): Traffic {
    const { tcp, udp } = this;
    return {
      connections: this.connections,
      open: this.open('tcp'),
      refused: Object.fromEntries(this.refused),
      flows: this.flows,
      datagrams: udp.datagramsOut,
      dropped: Object.fromEntries(this.dropped),
      tcpIn: tcp.bytesIn,
      tcpOut: tcp.bytesOut,
      // The bytes of dropped datagrams.
      udpIn: udp.bytesIn - this.#droppedBytes,
      udpOut: udp.bytesOut,
    };
  }

  #open(transport: P['transport']): P[] {
    return [...this.openPeers].filter((peer) => peer.transport === transport);
  }

  #closed({ bytesIn, bytesOut }: P, reason: EndReason): void {
    this.#closedTcp.bytesIn += bytesIn;
    this.#closedTcp.bytesOut += bytesOut;
    add(this.closed, reason);
  }
}

const add = <Reason>(counts: Map<Reason, number>, reason: Reason, n = 1): void =>
  void counts.set(reason, (counts.get(reason) ?? 0) + n);
