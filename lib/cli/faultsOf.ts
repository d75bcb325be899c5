import { FaultControl } from '../server/faultControl';
import { transportsOf } from '../server/options';
import { chainOf } from './chainOf';
import type { ServerFlags } from './serverProgram';

/**
 * Loads what the command line plugs in, and makes it with a seed when that is known. Resolves with nothing, for the
 * direct path, where it names nothing.
 */
export const faultsOf = async (flags: ServerFlags): Promise<((seed?: number) => FaultControl) | undefined> => {
  const words = flags.fault ?? flags.use ?? flags.dump;
  if (!words) return undefined;
  const transports = transportsOf(flags);
  const chain = await chainOf(words, transports[0]!);
  return (seed) => new FaultControl(chain, { transports, seed });
};
