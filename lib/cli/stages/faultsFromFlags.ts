import { EchoError } from '../../errors';
import { FaultControl, type StageOrFault } from '../../faults/faultControl';
import { transportsOf } from '../../server/serverOptions';
import { buildStages } from './buildStages';
import { handlerFromFlags } from './handlerFromFlags';
import type { NamedHandler } from './loadUseFile';
import type { Reloadable } from '../config/reload';
import type { ServerFlags } from '../args/createProgram';

/**
 * Loads the stages of the configuration. Resolves with `undefined` if it names none; an empty list in a file keeps the
 * chain open for a reload.
 */
export const faultsFromFlags = async (flags: ServerFlags): Promise<((seed?: number) => FaultControl) | undefined> => {
  const chain = await chainNamed(flags);
  return chain && ((seed) => new FaultControl(chain, { transports: transportsOf(flags), seed }));
};

/** Lets the faults of a running server take another chain at a reload. */
export const reloadableFaults = (faults: FaultControl | undefined, handler?: NamedHandler): Reloadable => ({
  options: ['fault', 'use', 'dump'],
  prepare: async (flags) => {
    const chain = (await chainNamed(flags)) ?? [];
    if ((await handlerFromFlags(flags))?.handler !== handler?.handler)
      throw new EchoError('ERR_ECHO_OPTION', '--use: the handler of a running server cannot change; restart it');
    if (!faults) {
      const advice = 'the server was started without faults, on the direct path; start it with "fault": [] in its file';
      throw new EchoError('ERR_ECHO_OPTION', `--fault: ${advice}`);
    }
    // Checks the new chain before it is applied.
    new FaultControl(chain, { transports: transportsOf(flags) });
    return () => faults.replace(chain);
  },
});

/** All three options name one chain; one of them may be an empty list. */
const chainNamed = async (flags: ServerFlags): Promise<StageOrFault[] | undefined> => {
  const named = [flags.fault, flags.use, flags.dump].filter((words) => words !== undefined);
  const words = named.find(({ length }) => length > 0) ?? named[0];
  const stages = words && (await buildStages(words, transportsOf(flags)[0]!));
  const onlyHandler = words && words.length > 0 && stages?.length === 0;
  return onlyHandler ? undefined : stages;
};
