import { defer, mergeMap, Observable, takeUntil, type MonoTypeOperatorFunction } from 'rxjs';
import type { Connection, Flow, Peer, ServedPeer } from '../../peer';
import { flows } from '../../udp/flows/flows';
import { lifecycle } from '../lifecycle';
import type { PipelineControls, Pipelines } from './pipelines';
import { Signal } from '../../streams/signal';
import { takeUntilDrained } from '../stop/takeUntilDrained';

/** Serves one peer: it ends when the Observable completes, and is reset when it errors. */
export type Handler = (peer: Connection | Flow) => Observable<unknown>;

/**
 * Returns the pipelines of `serve`: the sentence of the echo, with a handler between `bytes$` and `writes`. The handler
 * may keep chunks.
 */
export const handlePipelines = (handle: Handler): Pipelines => ({
  reuseReadBuffer: false,
  connections:
    ({ signal$, deadline$, queue, ...staging }) =>
    (connections$) =>
      connections$.pipe(
        takeUntilDrained(signal$, queue),
        mergeMap((connection) =>
          defer(() => handle(connection)).pipe(
            endAt(signal$, () => connection.end()),
            lifecycle(staged(connection, staging)),
          ),
        ),
        takeUntil(deadline$),
      ),
  datagrams:
    ({ signal$, deadline$, queue, through, environment, ...options }) =>
    (datagrams$) =>
      datagrams$.pipe(
        takeUntilDrained(signal$, queue),
        flows(options),
        mergeMap((flow) => defer(() => handle(flow)).pipe(lifecycle(staged(flow, { through, environment })))),
        takeUntil(deadline$),
      ),
});

/** Inserts the stages of the server before the sink of a peer, and gives it what its own stages share. */
const staged = <P extends Peer>(peer: P, { through, environment }: Staging): P => {
  const served = peer as unknown as ServedPeer;
  served.environment = environment;
  if (through) served.plugIn(through);
  return peer;
};

type Staging = { readonly [Key in 'through' | 'environment']?: PipelineControls<unknown>[Key] | undefined };

/** Calls `end` at the signal, while the handler is at work. */
const endAt =
  <T>(signal$: Observable<unknown>, end: () => void): MonoTypeOperatorFunction<T> =>
  (handled$) =>
    new Observable((out) => {
      const stop = Signal.of(signal$);
      const listener = { onSignal: end };
      stop.add(listener);
      out.add(() => stop.delete(listener));
      handled$.subscribe(out);
    });
