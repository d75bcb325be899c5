import { NEVER } from 'rxjs';
import { Signal } from '../../lib/streams/signal';
import type { StageContexts } from '../../lib/stages/stageContexts';
import type { StageContext } from '../../lib/stage';

/** The same context for each stage of a chain, but for its flush. */
export const stageContextsOf = (context: StageContext): StageContexts => ({
  budget: context.budget,
  flush$: new Signal(NEVER),
  contextOf: (_, flush$) => ({ ...context, flush$ }),
});
