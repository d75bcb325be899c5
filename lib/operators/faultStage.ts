import {
  BehaviorSubject,
  concat,
  distinctUntilChanged,
  EMPTY,
  identity,
  map,
  merge,
  of,
  switchMap,
  tap,
  timer,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import { epochs } from '../flow/epochs';
import type { Stage, StageContext } from '../stage';
import type { FaultScope, FaultSpec } from './faultSpec';

/** A fault of a running server: what of it can change. */
export interface LiveFault {
  readonly spec: FaultSpec;
  readonly options$: BehaviorSubject<Record<string, unknown>>;
  readonly scope$: BehaviorSubject<FaultScope>;
}

export const liveFault = (spec: FaultSpec): LiveFault => ({
  spec,
  options$: new BehaviorSubject(spec.options),
  scope$: new BehaviorSubject(spec.scope),
});

/**
 * The stage of a fault: for the connections that it befalls, while it does; for all others the bytes pass as they are.
 * Switched off, it hands on what it holds, in order, then passes; a fault that swallowed bytes of a TCP stream ends the
 * stream instead, since what is left of it is not the stream.
 *
 * ```text
 * latency 4    --a-b--c-----|
 * switched         off
 * stage        ----(ab)c----|      a and b at the switch, c as it comes
 * ```
 */
export const faultStage = ({ spec, options$, scope$ }: LiveFault): Stage => {
  const { fault } = spec;
  const stage: Stage = (context) => {
    if (!spec.scope.on.includes(context.transport)) return identity;
    const affects = affecting(context);
    const { startMs } = context.keep('began', () => ({ startMs: context.scheduler.now() }));
    let wasActive = false;
    const changed = (isActive: boolean): Change => {
      const ends = wasActive && scope$.value.off && loses(spec, options$.value) && context.transport === 'tcp';
      wasActive = isActive;
      if (ends)
        context.log(`${spec.scope.name} was removed: the connection of which it had taken bytes is closed`, 'warn');
      return isActive ? 'on' : ends ? 'ends' : 'off';
    };
    const operatorOf = (change: Change, flush$: Observable<unknown>): MonoTypeOperatorFunction<Buffer> => {
      if (change === 'on')
        return acting(fault(options$, { ...context, flush$: merge(context.flush$, flush$) }), context);
      return change === 'ends' ? () => EMPTY : identity;
    };
    const active$ = scope$.pipe(
      switchMap((scope) => (affects(scope) ? inWindow(scope, startMs, context) : of(false))),
      distinctUntilChanged(),
    );
    return epochs(active$.pipe(map(changed)), operatorOf, context.budget);
  };
  return Object.defineProperty(stage, 'name', { value: spec.scope.name });
};

/** What becomes of a fault: it acts, it passes the bytes as they are, or its end is the stream's. */
type Change = 'on' | 'off' | 'ends';

/** Whether the connection is one that the fault befalls: the same draw, whatever the toxicity, for its whole life. */
const affecting = (context: StageContext): ((scope: FaultScope) => boolean) => {
  const { u } = context.keep('toxicity', () => ({ u: context.random('toxicity')() }));
  return ({ off, toxicity, conn: [first, last] }) => !off && u < toxicity && context.id >= first && context.id <= last;
};

/** Whether it is the fault's time: now, and at each change. */
const inWindow = (
  { afterMs, forMs }: FaultScope,
  startMs: number,
  { scheduler }: StageContext,
): Observable<boolean> => {
  const nowMs = scheduler.now();
  const change = (atMs: number, isActive: boolean): Observable<boolean> =>
    atMs <= nowMs || atMs === Infinity ? EMPTY : timer(atMs - nowMs, scheduler).pipe(map(() => isActive));
  const beginMs = startMs + afterMs;
  const endMs = beginMs + forMs;
  return concat(of(nowMs >= beginMs && nowMs < endMs), merge(change(beginMs, true), change(endMs, false)));
};

const loses = ({ fault: { definition } }: FaultSpec, options: Record<string, unknown>): boolean =>
  definition.loses?.({ ...definition.defaults, ...options }) ?? false;

/** The operator, with what came to it counted. */
const acting =
  (operator: MonoTypeOperatorFunction<Buffer>, { count }: StageContext): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    source.pipe(
      tap((frame) => {
        count('frames');
        count('bytes', frame.byteLength);
      }),
      operator,
    );
