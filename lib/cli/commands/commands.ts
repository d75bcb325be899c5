import type { commandNames } from '../args/parseArguments';
import type * as config from './configCommand';
import type * as faults from './faultsCommand';
import type { ProcessContext } from '../processContext';

/**
 * A command is recognised only as the first word; without one, `ccecho` serves. Each is loaded when it is called: what
 * one of them needs is not another's time to start.
 */
export const commands: Readonly<Record<(typeof commandNames)[number], RunCommand>> = {
  config: (...given) => (require('./configCommand') as typeof config).configCommand(...given),
  faults: (...given) => (require('./faultsCommand') as typeof faults).faultsCommand(...given),
};

type RunCommand = (words: readonly string[], terminal: ProcessContext) => number;
