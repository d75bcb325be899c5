import type { Option } from 'commander';
import { nearest } from '../units/nearest';
import { nameOf, separatorOf, wrongSetting, type Setting } from './setting';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'CCECHO_';

export const variableOf = (name: string): string => `${PREFIX}${name.toUpperCase().replaceAll('-', '_')}`;

/**
 * What the variables `CCECHO_*` say: each has the name of an option, `CCECHO_LOG_LEVEL`. One that is like none is
 * somebody else's (Kubernetes makes some after its services), one that is nearly one is a slip of the hand.
 *
 * @throws `ERR_ECHO_OPTION` for a variable that is nearly one of ours.
 */
export const environmentSettings = (env: Environment, options: readonly Option[]): Setting[] => {
  const known = new Map(options.map((option) => [variableOf(nameOf(option)), option]));
  const names = [...known.keys(), variableOf('config')];
  return Object.entries(env).flatMap(([from, text]): Setting[] => {
    if (!from.startsWith(PREFIX) || text === undefined || from === variableOf('config')) return [];
    const option = known.get(from);
    if (option) {
      const separator = separatorOf(option);
      const texts = separator === undefined ? [text] : text.split(separator).map((each) => each.trim());
      return [{ option, texts, from }];
    }
    const meant = nearest(from, names);
    if (meant !== undefined) throw wrongSetting(from, `there is no such variable: did you mean ${meant}?`);
    return [];
  });
};
