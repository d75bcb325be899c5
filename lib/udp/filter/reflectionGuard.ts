import { filter, Observable, type MonoTypeOperatorFunction, type SchedulerLike, type Subscriber } from 'rxjs';
import type { DropReason } from '../../reasons';
import type { Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import { ForwardingSubscriber } from '../../streams/forwardingSubscriber';
import { defaults, assertInRange } from '../../options';
import type { Datagram, DroppedDatagram } from '../../peer';
import { sourcePortPolicies, type SourcePortPolicy } from '../../sourcePortPolicies';
import { LoopDetector } from './loopDetector';
import { GenerationalMap } from './generationalMap';

export interface ReflectionGuardOptions {
  /** Source ports that are never answered, beside the port that is served. Default: `'reserved'`. */
  readonly ignoreSourcePorts?: SourcePortPolicy;
  /**
   * A source that sends back exactly what it is sent has an answer withheld after so many turns, which ends a loop of
   * two echo servers, and does not stop a tester. Minimum: `1`; `Infinity` for never. Default: `10000`.
   */
  readonly loopThreshold?: number;
  /** Whether each datagram that passes is sent back as it is. Otherwise `watch` shows it what is. Default: `true`. */
  readonly sendsBack?: boolean;
  /** The clock. Default: real time. */
  readonly scheduler?: SchedulerLike;
}

const SERVICES: readonly number[] = [7, 9, 13, 17, 19, 37];
const NFS = 2049;

const isRefusedPort: Readonly<Record<SourcePortPolicy, (port: number) => boolean>> = {
  reserved: (port) => port < 1024 || port === NFS,
  services: (port) => SERVICES.includes(port),
  none: () => false,
};

/**
 * Decides which datagrams an echo does not answer, because another server may have sent them: an echo answers what is
 * an answer already, and after one forged datagram two servers would talk for ever (CVE-2024-2169). Other servers have no
 * need of it.
 *
 * One for all sockets of a server: a source that asks two of its addresses is one.
 */
export class ReflectionGuard {
  readonly #isRefusedPort: (port: number) => boolean;
  readonly #loops: GenerationalMap<LoopDetector>;
  readonly #sendsBack: boolean;

  /** @throws `ERR_ECHO_OPTION` for an option out of its range. */
  constructor({
    ignoreSourcePorts = defaults.ignoreSourcePorts,
    loopThreshold = defaults.loopThreshold,
    sendsBack = true,
    scheduler = defaults.scheduler,
  }: ReflectionGuardOptions = {}) {
    assertInRange('loopThreshold', loopThreshold, 1, Infinity);
    if (!sourcePortPolicies.includes(ignoreSourcePorts)) {
      const words = sourcePortPolicies.join(', ');
      throw new EchoError(
        'ERR_ECHO_OPTION',
        `Expected \`ignoreSourcePorts\` to be one of ${words}, got \`${String(ignoreSourcePorts)}\``,
      );
    }
    this.#isRefusedPort = isRefusedPort[ignoreSourcePorts];
    this.#sendsBack = sendsBack;
    this.#loops = new GenerationalMap(() => new LoopDetector(loopThreshold, scheduler));
  }

  /** Why a datagram is not answered. */
  dropReason({ data, local, remote }: Datagram): DropReason | undefined {
    const { host, port } = remote;
    if (port === local.port) return 'own port';
    if (this.#isRefusedPort(port)) return 'reserved port';
    const loop = this.#loops.of(host, port);
    if (!loop.shouldAnswer(data)) return 'loop-check';
    if (this.#sendsBack) loop.onSent(data);
    return undefined;
  }

  /** A datagram is sent to `remote`. */
  sent(data: Uint8Array, { host, port }: Endpoint): void {
    this.#loops.of(host, port).onSent(data);
  }

  /** Is shown what is sent to `remote`, and passes it. */
  watch(remote: Endpoint): MonoTypeOperatorFunction<Buffer> {
    return (source) => new Observable((out) => void source.subscribe(new SentWatcher(out, this, remote)));
  }
}

class SentWatcher extends ForwardingSubscriber<Buffer, Buffer> {
  constructor(
    out: Subscriber<Buffer>,
    private readonly guard: ReflectionGuard,
    private readonly remote: Endpoint,
  ) {
    super(out);
  }

  next(data: Buffer): void {
    this.guard.sent(data, this.remote);
    this.out.next(data);
  }
}

/**
 * Passes datagrams that a client may have sent.
 *
 * ```text
 * datagrams            -a-b-c-a-      b: from port 7, c: a reply of ours that came back
 * ignoreReflections    -a-----a-      b and c are counted
 * ```
 *
 * @param onDropped Called for each datagram that does not pass. Default: nothing is called.
 * @example
 * udpServer({ port: 7007 })
 *   .pipe(
 *     ignoreReflections(),
 *     mergeMap((datagram) => datagram.reply(datagram.data)),
 *   )
 *   .subscribe();
 */
export const ignoreReflections = (
  guard: ReflectionGuard = new ReflectionGuard(),
  onDropped: (dropped: DroppedDatagram) => void = () => undefined,
): MonoTypeOperatorFunction<Datagram> =>
  filter((datagram) => {
    const reason = guard.dropReason(datagram);
    if (reason === undefined) return true;
    onDropped({ reason, remote: datagram.remote, bytes: datagram.data.byteLength });
    return false;
  });
