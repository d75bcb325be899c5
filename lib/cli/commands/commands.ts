import type { commandNames } from '../args/parseArguments';
import type { ProcessContext } from '../processContext';
import type * as check from './checkCommand';
import type * as completion from './completionCommand';
import type * as config from './configCommand';
import type * as faults from './faultsCommand';
import type * as help from './helpCommand';
import type * as load from './loadCommand';
import type * as man from './manCommand';
import type * as probe from './probeCommand';

type RunCommand = (args: readonly string[], context: ProcessContext) => number | Promise<number>;

/** The commands beside the server, by their first word. Each is loaded when it runs, so that it does not slow another. */
export const commands: Readonly<Record<Exclude<(typeof commandNames)[number], 'serve'>, RunCommand>> = {
  check: (...given) => (require('./checkCommand') as typeof check).checkCommand(...given),
  completion: (...given) => (require('./completionCommand') as typeof completion).completionCommand(...given),
  config: (...given) => (require('./configCommand') as typeof config).configCommand(...given),
  faults: (...given) => (require('./faultsCommand') as typeof faults).faultsCommand(...given),
  help: (...given) => (require('./helpCommand') as typeof help).helpCommand(...given),
  load: (...given) => (require('./loadCommand') as typeof load).loadCommand(...given),
  man: (...given) => (require('./manCommand') as typeof man).manCommand(...given),
  probe: (...given) => (require('./probeCommand') as typeof probe).probeCommand(...given),
};
