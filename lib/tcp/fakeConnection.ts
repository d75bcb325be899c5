import {
  Observable,
  ReplaySubject,
  Subject,
  takeUntil,
  tap,
  type MonoTypeOperatorFunction,
  type OperatorFunction,
  type SchedulerLike,
} from 'rxjs';
import type { Endpoint } from '../endpoint';
import { EchoError } from '../errors';
import type { EndReason } from '../reasons';
import { byteBudget } from '../backpressure/byteBudget';
import type { KernelQueue } from '../budget';
import { toAsyncIterable, type PulledBytes } from '../backpressure/toAsyncIterable';
import type { StageEnvironment, StagedPeer } from '../stageEnvironment';
import type { Connection, ServedConnection } from '../peer';
import { receiveQueue } from './queues/receiveQueue';

/**
 * A connection without a socket, for tests.
 *
 * The test supplies what the peer sends, and reads what the peer receives.
 */
export interface FakeConnection extends Connection {
  /** Emits what was written, completes with FIN, and errors on a reset. Replayed. */
  readonly written$: Observable<Buffer>;
}

/**
 * Creates a connection for a marble test of a handler.
 *
 * `stageContext` is its counterpart for a stage.
 *
 * @param scheduler Supplies the clock and the timers.
 * @param bytes$ Emits what the peer sends. Its completion is the peer's FIN, its error a reset.
 * @example
 * import { TestScheduler } from 'rxjs/testing';
 * const upperCase: Handler = (peer) =>
 *   peer.bytes$.pipe(
 *     map((bytes) => Buffer.from(bytes.toString().toUpperCase())),
 *     peer.writes(),
 *   );
 * const scheduler = new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
 * scheduler.run(({ hot, expectObservable }) => {
 *   const bytes = { a: Buffer.from('a'), b: Buffer.from('b'), A: Buffer.from('A'), B: Buffer.from('B') };
 *   const connection = fakeConnection(scheduler, hot('a-b|', bytes));
 *   upperCase(connection).subscribe();
 *   expectObservable(connection.written$).toBe('A-B|', bytes);
 * });
 */
export const fakeConnection = (scheduler: SchedulerLike, bytes$: Observable<Buffer>): FakeConnection =>
  new Fake(scheduler, bytes$);

class Fake implements FakeConnection, ServedConnection {
  readonly transport = 'tcp';
  readonly id = 1;
  readonly local: Endpoint = { host: '127.0.0.1', port: 7 };
  readonly remote: Endpoint = { host: '127.0.0.1', port: 50_000 };
  readonly budget = byteBudget();
  readonly receiveQueue: KernelQueue<Buffer>;
  readonly bytes$: Observable<Buffer>;
  readonly bytes: PulledBytes;
  readonly written$ = new ReplaySubject<Buffer>(Infinity);
  readonly unread = false;
  readonly isIdle = true;
  readonly unsentBytes = 0;
  environment: StageEnvironment | undefined;
  endReason: EndReason | undefined;
  bytesIn = 0;
  bytesOut = 0;
  peerClosed = false;
  isRead = false;
  flushed = false;
  readonly #ended$ = new Subject<void>();
  readonly #aborted$ = new Subject<never>();
  #through: ((peer: StagedPeer) => MonoTypeOperatorFunction<Buffer>) | undefined;

  constructor(scheduler: SchedulerLike, bytes$: Observable<Buffer>) {
    this.receiveQueue = receiveQueue(this.budget, scheduler);
    this.bytes$ = new Observable((reader) => {
      if (this.isRead) throw new EchoError('ERR_ECHO_USED', 'The bytes of a connection can be read only once');
      this.isRead = true;
      const counted = tap<Buffer>({
        next: ({ byteLength }) => (this.bytesIn += byteLength),
        complete: () => (this.peerClosed = true),
      });
      this.#aborted$.subscribe(reader);
      bytes$.pipe(counted, takeUntil(this.#ended$)).subscribe(reader);
    });
    this.bytes = toAsyncIterable(this.bytes$, () => this.budget.openAccount());
  }

  get bytesPending(): number {
    return this.budget.bufferedBytes;
  }

  get framesPending(): number {
    return this.budget.bufferedFrames;
  }

  get activity(): number {
    return this.bytesIn + this.bytesOut;
  }

  writes(): OperatorFunction<Uint8Array, never> {
    return (source) => this.#writing(source);
  }

  plugIn(through: (peer: StagedPeer) => MonoTypeOperatorFunction<Buffer>): void {
    this.#through = through;
  }

  end(): void {
    this.#ended$.next();
  }

  finish(): void {
    this.flushed = true;
    this.written$.complete();
  }

  abort(error = new EchoError('ERR_ECHO_ABORTED', 'The connection was aborted on this side')): void {
    this.written$.error(error);
    this.#aborted$.error(error);
  }

  destroy(): void {
    if (!this.flushed) this.abort();
  }

  onClosed(then: () => void): void {
    then();
  }

  onLoss(): void {
    // A fake connection never loses bytes.
  }

  pairWith(): void {
    // The statistics do not include the other side of a relay.
  }

  endAfterFin(): void {
    this.end();
  }

  keepOpen(): void {
    // There is no socket to keep open.
  }

  reuseReadBuffer(): void {
    // The test owns the chunks; there is no read buffer.
  }

  #writing(source: Observable<Uint8Array>): Observable<never> {
    return new Observable((out) => {
      const { transport, id, remote, budget } = this;
      const staged = this.#through?.({ transport, id, remote, budget })(source as Observable<Buffer>) ?? source;
      this.#aborted$.subscribe(out);
      staged.subscribe({
        next: (chunk) => this.#write(chunk),
        error: (error: unknown) => {
          this.written$.error(error);
          out.error(error);
        },
        complete: () => {
          this.finish();
          out.complete();
        },
      });
    });
  }

  #write(chunk: Uint8Array): void {
    this.bytesOut += chunk.byteLength;
    this.written$.next(Buffer.from(chunk));
  }
}
