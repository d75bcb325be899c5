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
  /** Selects the source ports that are not answered, beside the port that is served. Default: `'reserved'`. */
  readonly ignoreSourcePorts?: SourcePortPolicy;
  /**
   * Sets after how many round trips a reply is withheld from a source that returns exactly what it is sent. That ends a
   * loop of two echo servers, and does not stop a test client. Minimum: `1`; `Infinity` for never. Default: `10000`.
   */
  readonly loopThreshold?: number;
  /**
   * Whether each datagram that passes is sent back unchanged. Otherwise `watch` observes what is sent. Default: `true`.
   */
  readonly sendsBack?: boolean;
  /** Sets the clock. Default: real time. */
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
 * Decides which datagrams an echo drops because another server may have sent them: after one forged datagram, two
 * servers would answer each other for ever (CVE-2024-2169). Servers of other protocols do not need it.
 *
 * One guard serves all sockets of a server, so that a source which asks two addresses is one source.
 */
export class ReflectionGuard {
  readonly #isRefusedPort: (port: number) => boolean;
  readonly #loops: GenerationalMap<LoopDetector>;
  readonly #sendsBack: boolean;

  /** @throws `ERR_ECHO_OPTION` for an invalid option. */
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

  /** Returns the reason to drop a datagram, or `undefined`. */
  dropReason({ data, local, remote }: Datagram): DropReason | undefined {
    const { host, port } = remote;
    if (port === local.port) return 'own port';
    if (this.#isRefusedPort(port)) return 'reserved port';
    const loop = this.#loops.of(host, port);
    if (!loop.shouldAnswer(data)) return 'loop-check';
    if (this.#sendsBack) loop.onSent(data);
    return undefined;
  }

  /** Notes a datagram that is sent to `remote`. */
  sent(data: Uint8Array, { host, port }: Endpoint): void {
    this.#loops.of(host, port).onSent(data);
  }

  /** Returns an operator that observes what is sent to `remote`. */
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
 * Passes datagrams that a client may have sent, and drops the others.
 *
 * ```text
 * datagrams            -a-b-c-a-      b: from port 7, c: a reply of ours that came back
 * ignoreReflections    -a-----a-      b and c are counted
 * ```
 *
 * @param onDropped Called for each dropped datagram. Default: nothing is called.
 * @example
 * udpServer({ port: 7007 })
 *   .pipe(
 *     ignoreReflections(),
 *     mergeMap((datagram) => datagram.reply(datagram.data)),
 *   )
 *   .subscribe();
 *
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
