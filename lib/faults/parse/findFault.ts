import { EchoError } from '../../errors';
import { suggest } from '../../suggest';
import { aliases, catalogue } from '../catalogue';
import type { Fault } from '../kit/defineFault';
import { presets } from '../presets';

/**
 * The fault of this name, as we or another tool call it.
 *
 * @throws `ERR_ECHO_OPTION` that names the nearest one.
 */
export const findFault = (word: string): Fault<Record<string, unknown>> => {
  const found = catalogue.find(({ definition: { name } }) => name === word || name === aliases[word]);
  if (found) return found;
  const names = catalogue.map(({ definition }) => definition.name);
  const meant = suggest(word, [...names, ...Object.keys(aliases), ...Object.keys(presets)]);
  const hint = meant ? `: did you mean ${meant}?` : '; ccecho faults lists them';
  throw new EchoError('ERR_ECHO_OPTION', `there is no fault '${word}'${hint}`);
};
