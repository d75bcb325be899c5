import type { DropReason } from '../dropReason';
import type { EchoEvent, EndReason } from '../events';
import type { Peer } from '../peer';
import type { RefusalReason } from '../refusalReason';
import { Roster } from '../roster';

/** What has moved over one transport; over TCP there are no datagrams. */
export class Moved {
  bytesIn = 0;
  bytesOut = 0;
  datagramsIn = 0;
  datagramsOut = 0;

  add({ bytesIn, bytesOut, datagramsIn = 0, datagramsOut = 0 }: Account): this {
    this.bytesIn += bytesIn;
    this.bytesOut += bytesOut;
    this.datagramsIn += datagramsIn;
    this.datagramsOut += datagramsOut;
    return this;
  }
}

type Account = Pick<Moved, 'bytesIn' | 'bytesOut'> & Partial<Pick<Moved, 'datagramsIn' | 'datagramsOut'>>;

/**
 * What a server did so far, from its events; what is still open is read when somebody asks. So a message over TCP or
 * through stages costs nothing, and a datagram without stages a few additions.
 */
export class EchoTally {
  connections = 0;
  pauses = 0;
  readonly refused = new Map<RefusalReason | 'kernel', number>();
  readonly closed = new Map<EndReason, number>();
  readonly dropped = new Map<DropReason | 'kernel', number>();
  readonly #open = { tcp: new Roster<Peer>('metrics'), udp: new Roster<Peer>('metrics') };
  #flows = 0;
  readonly #moved = { tcp: new Moved(), udp: new Moved() };

  follow(event: EchoEvent): void {
    if (event.kind === 'answered') this.#answered(event.bytes);
    else if (event.kind === 'dropped') this.#dropped(event.reason, event.bytes);
    else if (event.kind === 'opened') this.#opened(event.peer);
    else if (event.kind === 'closed') this.#closed(event.peer, event.why);
    else if (event.kind === 'refused') add(this.refused, event.why);
    else if (event.kind === 'paused') this.pauses += 1;
    else if (event.kind === 'overflowed') this.#overflowed(event);
  }

  /** Peers that are open now: over UDP flows, which there are with stages only. */
  open(transport: Peer['transport']): number {
    return this.#open[transport].size;
  }

  /** What is owed to them. */
  bytesOwed(transport: Peer['transport']): number {
    return [...this.#open[transport]].reduce((sum, { bytesOwed }) => sum + bytesOwed, 0);
  }

  moved(transport: Peer['transport']): Moved {
    return [...this.#open[transport]].reduce((sum, peer) => sum.add(peer), new Moved().add(this.#moved[transport]));
  }

  #answered(bytes: number): void {
    this.#moved.udp.add({ bytesIn: bytes, bytesOut: bytes, datagramsIn: 1, datagramsOut: 1 });
  }

  #dropped(reason: DropReason, bytes: number): void {
    add(this.dropped, reason);
    // What a flow could not send it has counted when it came.
    const isCounted = this.#flows > 0 && (reason === 'unsendable' || reason === 'cut');
    if (!isCounted) this.#moved.udp.add({ bytesIn: bytes, bytesOut: 0, datagramsIn: 1 });
  }

  /** What the kernel dropped, nobody has received. */
  #overflowed({ transport, dropped }: Extract<EchoEvent, { kind: 'overflowed' }>): void {
    if (transport === 'tcp') add(this.refused, 'kernel', dropped);
    else add(this.dropped, 'kernel', dropped);
  }

  #opened(peer: Peer): void {
    this.#open[peer.transport].add(peer);
    if (peer.transport === 'tcp') this.connections += 1;
    else this.#flows += 1;
  }

  #closed(peer: Peer, why: EndReason): void {
    this.#open[peer.transport].delete(peer);
    this.#moved[peer.transport].add(peer);
    if (peer.transport === 'tcp') add(this.closed, why);
  }
}

const add = <Reason>(counts: Map<Reason, number>, reason: Reason, count = 1): void =>
  void counts.set(reason, (counts.get(reason) ?? 0) + count);
