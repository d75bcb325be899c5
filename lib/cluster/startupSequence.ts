import {
  catchError,
  delayWhen,
  distinct,
  EMPTY,
  filter,
  map,
  mergeMap,
  of,
  ReplaySubject,
  shareReplay,
  skip,
  take,
  type Observable,
} from 'rxjs';
import { seededRandom } from '../stages/seededRandom';
import type { ListenAddress } from './reserveAddress';
import type { ServeOrder } from './messages';

/**
 * Orders the start of the workers, so that all have one port number and none accepts alone:
 *
 * ```text
 * ready      -1--2-----------
 * place$     ----p-----------       found when all have loaded, and taken at once: it is free only since then
 * serve(1)   ----s-----------       the first binds, UDP it alone
 * serving    ------1--2------
 * serve(2)   ------s---------       the others join
 * begun$     ---------b------       all serve
 * ```
 *
 * A replacement does not wait for others.
 */
export class StartupSequence {
  /** Errors as `reserveAddress` does. */
  readonly address$: Observable<ListenAddress>;
  readonly started$: Observable<ListenAddress>;
  readonly #ready$ = new ReplaySubject<number>(Infinity);
  readonly #serving$ = new ReplaySubject<number>(Infinity);

  constructor(
    workers: number,
    findPlace$: Observable<ListenAddress>,
    private readonly seed: number,
  ) {
    const everyone = (worker$: Observable<number>) => worker$.pipe(distinct(), skip(workers - 1), take(1));
    this.address$ = everyone(this.#ready$).pipe(
      mergeMap(() => findPlace$),
      shareReplay({ bufferSize: 1, refCount: false }),
    );
    this.started$ = everyone(this.#serving$).pipe(mergeMap(() => this.address$));
  }

  ready(worker: number): void {
    this.#ready$.next(worker);
  }

  serving(worker: number): void {
    this.#serving$.next(worker);
  }

  /** Emits what a worker is to serve, when it is its turn. */
  serve(worker: number, udp: boolean): Observable<ServeOrder> {
    const isFirst = worker === 1;
    const bound$ = isFirst ? of(1) : this.#serving$.pipe(filter((each) => each === 1));
    return this.address$.pipe(
      delayWhen(() => bound$),
      map(
        ({ hosts, port }) => ({ kind: 'serve', hosts, port, udp: udp && isFirst, seed: this.#seedOf(worker) }) as const,
      ),
      // Reported to the subscriber of `address$`, because no worker can act on it.
      catchError(() => EMPTY),
    );
  }

  #seedOf(worker: number): number {
    return seededRandom(this.seed, 'worker', worker)() * 2 ** 32;
  }
}
