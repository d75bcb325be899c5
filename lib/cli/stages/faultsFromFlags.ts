import { EchoError } from '../../errors';
import { FaultControl, type StageOrFault } from '../../faults/faultControl';
import { transportsOf } from '../../server/serverOptions';
import { buildStages } from './buildStages';
import type { Reloadable } from '../config/reload';
import type { ServerFlags } from '../args/createProgram';

/**
 * Loads what the configuration plugs in, and makes it with a seed when that is known. Resolves with nothing, for the
 * direct path, where it names nothing. An empty list in a file names nothing yet, and keeps the place for a reload.
 */
export const faultsFromFlags = async (flags: ServerFlags): Promise<((seed?: number) => FaultControl) | undefined> => {
  const chain = await chainNamed(flags);
  return chain && ((seed) => new FaultControl(chain, { transports: transportsOf(flags), seed }));
};

/** How the faults of a running server take another chain. */
export const reloadableFaults = (faults: FaultControl | undefined): Reloadable => ({
  options: ['fault', 'use', 'dump'],
  prepare: async (flags) => {
    const chain = (await chainNamed(flags)) ?? [];
    if (!faults) {
      const advice = 'the server was started without faults, on the direct path; start it with "fault": [] in its file';
      throw new EchoError('ERR_ECHO_OPTION', `--fault: ${advice}`);
    }
    // One that nobody runs, for what is wrong with it.
    new FaultControl(chain, { transports: transportsOf(flags) });
    return () => faults.replace(chain);
  },
});

/** All three options name the one chain; one of them may be an empty list beside it. */
const chainNamed = async (flags: ServerFlags): Promise<StageOrFault[] | undefined> => {
  const named = [flags.fault, flags.use, flags.dump].filter((words) => words !== undefined);
  const words = named.find(({ length }) => length > 0) ?? named[0];
  return words && buildStages(words, transportsOf(flags)[0]!);
};
