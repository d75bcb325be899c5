import type { RemoteInfo } from 'node:dgram';
import type { DropReason } from '../dropReason';
import { ipv4Number } from './ipv4Number';
import type { LoopCheck } from './loopCheck';
import { refusedSource, type RefusalRules } from './refusedSource';
import type { SourceTable } from './sourceTable';

/** What stands between a socket and those who answer: whoever passes here is answered. Told of what is sent, too. */
export class Gate {
  readonly #refused: ReturnType<typeof refusedSource>;
  /** Of the datagram that came last: its answer goes to the same place, most often at once. */
  #last: { readonly from: RemoteInfo; readonly loop: LoopCheck } | undefined;

  constructor(
    rules: RefusalRules,
    private readonly loops: SourceTable<LoopCheck>,
  ) {
    this.#refused = refusedSource(rules);
  }

  /** Why a datagram is not to be answered. */
  refuses(data: Buffer, from: RemoteInfo): DropReason | undefined {
    const { address, port } = from;
    const ipv4 = ipv4Number(address);
    const reason = this.#refused(address, port, ipv4);
    if (reason) return reason;
    const loop = this.loops.of(address, port, ipv4);
    this.#last = { from, loop };
    return loop.answers(data) ? undefined : 'loop-check';
  }

  sent(data: Uint8Array, to: RemoteInfo): void {
    const loop = this.#last?.from === to ? this.#last.loop : this.loops.of(to.address, to.port);
    loop.sent(data);
  }
}
