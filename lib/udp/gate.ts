import type { RemoteInfo } from 'node:dgram';
import type { DropReason } from '../dropReason';
import { defaults, type UdpServerOptions } from '../options';
import { ipv4Number } from './ipv4Number';
import { LoopCheck } from './loopCheck';
import { refusedSource, type RefusalRules } from './refusedSource';
import { SourceTable } from './sourceTable';
import { TokenBucket } from './tokenBucket';

/** What is known of the sources of datagrams. */
export interface KnownSources {
  readonly loops: SourceTable<LoopCheck>;
  /** Where there is a limit. */
  readonly rates?: SourceTable<TokenBucket>;
}

/** Nothing yet. */
export const knownSources = ({
  loopTurns = defaults.loopTurns,
  maxDatagramsPerSecond: perSecond,
  scheduler = defaults.scheduler,
}: UdpServerOptions): KnownSources => ({
  loops: new SourceTable(() => new LoopCheck(loopTurns, scheduler)),
  ...(perSecond !== undefined && { rates: new SourceTable(() => new TokenBucket(perSecond, scheduler)) }),
});

/** What stands between a socket and those who answer: whoever passes here is answered. Told of what is sent, too. */
export class Gate {
  readonly #refused: ReturnType<typeof refusedSource>;
  /** Of the datagram that came last: its answer goes to the same place, most often at once. */
  #lastFrom: RemoteInfo | undefined;
  #lastLoop: LoopCheck | undefined;

  constructor(
    rules: RefusalRules,
    private readonly known: KnownSources,
  ) {
    this.#refused = refusedSource(rules);
  }

  /** Why a datagram is not to be answered. */
  refuses(data: Buffer, from: RemoteInfo): DropReason | undefined {
    const { address, port } = from;
    const ipv4 = ipv4Number(address);
    const reason = this.#refused(address, port, ipv4);
    if (reason) return reason;
    const { loops, rates } = this.known;
    if (rates && !rates.of(address, ANY_PORT, ipv4).passes()) return 'rate';
    const loop = loops.of(address, port, ipv4);
    this.#lastFrom = from;
    this.#lastLoop = loop;
    return loop.answers(data) ? undefined : 'loop-check';
  }

  sent(data: Uint8Array, to: RemoteInfo): void {
    const from = this.#lastFrom;
    const isLast = from && from.port === to.port && from.address === to.address;
    const loop = isLast ? this.#lastLoop! : this.known.loops.of(to.address, to.port);
    loop.sent(data);
  }
}

/** A rate is of an address: from a new port each time, a source would have a new one each time. */
const ANY_PORT = 0;
