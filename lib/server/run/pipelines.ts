import type { MonoTypeOperatorFunction, Observable, OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { KernelQueue } from '../../budget';
import type { StageEnvironment, StagedPeer } from '../../stageEnvironment';
import type { Connection, Datagram } from '../../peer';
import type { FlowsOptions } from '../../udp/flows/flows';

/** How a pipeline stops, and what the bytes pass on their way. */
export interface PipelineControls<T> {
  /** Stop: read what the kernel had received, then complete. Make it replay. */
  readonly signal$: Observable<unknown>;
  /** Stop now: cut what is left. */
  readonly deadline$: Observable<unknown>;
  /** What the kernel may hold in front of the source; see `takeUntilDrained`. Default: 4096 values. */
  readonly queue?: KernelQueue<T>;
  /** What the user plugged in, composed into one operator for each peer; see `composeStages`. Default: nothing. */
  readonly through?: (peer: StagedPeer) => MonoTypeOperatorFunction<Buffer>;
  /** What all stages share, for those of a handler. Default: see `stageContexts`. */
  readonly environment?: StageEnvironment;
}

/** What a server does with what comes: the part in which an echo differs from any other server. */
export interface Pipelines {
  readonly connections: (controls: PipelineControls<Connection>) => OperatorFunction<Connection, EchoEvent>;
  readonly datagrams: (controls: PipelineControls<Datagram> & FlowsOptions) => OperatorFunction<Datagram, EchoEvent>;
  /** Whether nothing on the way keeps a chunk without retaining it. */
  readonly reuseReadBuffer: boolean;
}
