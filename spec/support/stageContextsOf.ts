import { NEVER } from 'rxjs';
import { Signal } from '../../lib/flow/signal';
import type { StageContexts } from '../../lib/flow/stageContexts';
import type { StageContext } from '../../lib/stage';

/** The same context for each stage of a chain, but for its flush. */
export const stageContextsOf = (context: StageContext): StageContexts => ({
  budget: context.budget,
  flush$: new Signal(NEVER),
  contextOf: (_, flush$) => ({ ...context, flush$ }),
});
