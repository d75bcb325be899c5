import { EchoError } from '../../errors';
import { suggest } from '../../suggest';
import { aliases, catalogue } from '../catalogue';
import type { Fault } from '../kit/defineFault';
import { presets } from '../presets';

/**
 * Returns the fault with this name or alias.
 *
 * @throws `ERR_ECHO_OPTION` that suggests the nearest name.
 */
export const findFault = (key: string): Fault<Record<string, unknown>> => {
  const found = catalogue.find(({ definition: { name } }) => name === key || name === aliases[key]);
  if (found) return found;
  const names = catalogue.map(({ definition }) => definition.name);
  const meant = suggest(key, [...names, ...Object.keys(aliases), ...Object.keys(presets)]);
  const hint = meant ? `: did you mean ${meant}?` : '; ccecho faults lists them';
  throw new EchoError('ERR_ECHO_OPTION', `unknown fault '${key}'${hint}`);
};
