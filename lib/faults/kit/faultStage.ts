import { Observable } from 'rxjs';
import type { FlushSignal } from '../../stages/chain/flushSignal';
import { Signal } from '../../streams/signal';
import { StageChain } from '../../stages/chain/stageChain';
import type { StageContexts } from '../../stages/stageContexts';
import type { Stage, StageContext } from '../../stage';
import { LiveFault } from './liveFault';
import { parseFault } from '../parse/parseFault';

/**
 * The stage of a fault in the words of the command line, or of a preset: for a place where a `Stage` goes.
 *
 * @throws `ERR_ECHO_OPTION` for words that are no fault.
 * @example
 * const slow = stage('latency=50ms,jitter=10ms');
 * tcpServer({ port: 7007 })
 *   .pipe(mergeMap((connection) => connection.bytes$.pipe(composeStages([slow])(connection), connection.writes())))
 *   .subscribe();
 */
export const stage = (words: string): Stage =>
  stageOf(
    parseFault(words).map((spec) => new LiveFault(spec)),
    words,
  );

/** Live faults as one stage, for a chain that is not changed otherwise. */
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
