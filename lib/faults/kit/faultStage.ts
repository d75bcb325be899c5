import { Observable } from 'rxjs';
import type { FlushSignal } from '../../stages/chain/flushSignal';
import { Signal } from '../../streams/signal';
import { StageChain } from '../../stages/chain/stageChain';
import type { StageContexts } from '../../stages/stageContexts';
import type { Stage, StageContext } from '../../stage';
import { LiveFault } from './liveFault';
import { parseFault } from '../parse/parseFault';

/**
 * Returns the stage of a fault or preset in command-line syntax.
 *
 * @throws `ERR_ECHO_OPTION` if the text is not a valid fault.
 * @example
 * const slow = stage('latency=50ms,jitter=10ms');
 * tcpServer({ port: 7007 })
 *   .pipe(mergeMap((connection) => connection.bytes$.pipe(composeStages([slow])(connection), connection.writes())))
 *   .subscribe();
 */
export const stage = (text: string): Stage =>
  stageOf(
    parseFault(text).map((spec) => new LiveFault(spec)),
    text,
  );

/** Combines live faults into one stage. Its list of faults never changes. */
const stageOf = (faults: readonly LiveFault[], name: string): Stage => {
  const faultStage: Stage = (context) => (source) =>
    new Observable((out) => new StageChain(source, out, contextsWithin(context)).start(faults));
  return Object.assign(Object.defineProperty(faultStage, 'name', { value: name }), { retains: true });
};

export const faultStage = (fault: LiveFault): Stage => stageOf([fault], fault.name);

const contextsWithin = (context: StageContext): StageContexts => ({
  budget: context.budget,
  flush$: Signal.of(context.flush$),
  contextOf: (_, flush$: FlushSignal) => ({ ...context, flush$ }),
});
