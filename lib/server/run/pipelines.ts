import type { MonoTypeOperatorFunction, Observable, OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../../events';
import type { KernelQueue } from '../../budget';
import type { StageEnvironment, StagedPeer } from '../../stageEnvironment';
import type { Connection, Datagram } from '../../peer';
import type { FlowsOptions } from '../../udp/flows/flows';

/** What a pipeline receives: how it stops, and what the bytes pass. */
export interface PipelineControls<T> {
  /** The signal to stop: read what the kernel has received, then complete. It must replay. */
  readonly signal$: Observable<unknown>;
  /** Aborts what has not drained. */
  readonly deadline$: Observable<unknown>;
  /** The queue of the kernel in front of the source; see `takeUntilDrained`. Default: 4096 values. */
  readonly queue?: KernelQueue<T>;
  /** Returns the stages of a peer as one operator; see `composeStages`. Default: none. */
  readonly through?: (peer: StagedPeer) => MonoTypeOperatorFunction<Buffer>;
  /** What the stages share, for those of a handler. Default: see `stageContexts`. */
  readonly environment?: StageEnvironment;
}

/** The pipelines of a server: the part in which an echo differs from other servers. */
export interface Pipelines {
  readonly connections: (controls: PipelineControls<Connection>) => OperatorFunction<Connection, EchoEvent>;
  readonly datagrams: (controls: PipelineControls<Datagram> & FlowsOptions) => OperatorFunction<Datagram, EchoEvent>;
  /** Whether nothing in the pipelines keeps a chunk without retaining it. */
  readonly reuseReadBuffer: boolean;
}
