import { faultsCommand } from './faultsCommand';
import type { Terminal } from './terminal';

/** A command is recognised only as the first word; without one, `ccecho` serves. */
export const commands: Readonly<Record<string, (words: readonly string[], terminal: Terminal) => number>> = {
  faults: faultsCommand,
};
