import { merge, Observable } from 'rxjs';
import { StageChain } from '../flow/stageChain';
import type { Stage } from '../stage';
import type { LiveFault } from './liveFault';

/** A live fault as a stage of its own, for a chain that is not changed otherwise. */
export const faultStage = (fault: LiveFault): Stage => {
  const stage: Stage = (context) => (source) =>
    new Observable((out) => {
      const contextFor = (_: unknown, flush$: Observable<unknown>) => ({
        ...context,
        flush$: merge(context.flush$, flush$),
      });
      new StageChain(source, out, context.budget, contextFor).start([fault]);
    });
  return Object.defineProperty(stage, 'name', { value: fault.name });
};
