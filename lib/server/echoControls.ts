import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { KernelQueue } from '../flow/kernelQueue';
import type { Peer } from '../peer';

/** How an echo is told to stop, and what the bytes pass on their way. */
export interface EchoControls<T> {
  /** Stop: read what the kernel had received, then complete. Make it replay. */
  readonly signal$: Observable<unknown>;
  /** Stop now: cut what is left. */
  readonly deadline$: Observable<unknown>;
  /** What the kernel may hold in front of the source; see `takeUntilDrained`. Default: 4096 values. */
  readonly queue?: KernelQueue<T>;
  /** What the user plugged in, composed into one operator for each peer; see `through`. Default: nothing. */
  readonly through?: (peer: Peer) => MonoTypeOperatorFunction<Buffer>;
  /** Turns of the event loop. Default: Node's own. */
  readonly turns$?: Observable<unknown>;
}
