import type { Option } from 'commander';
import { suggest } from '../../suggest';
import { nameOf, separatorOf, type Setting } from '../args/setting';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of the variables, and warnings about unknown ones. */
export interface EnvironmentSettings {
  readonly settings: readonly Setting[];
  /** A line for each unknown variable. */
  readonly warnings: readonly string[];
}

const PREFIX = 'CCECHO_';

/** Kubernetes sets such variables for each service of a namespace: `CCECHO_A_PORT=tcp://10.0.0.1:7` for `ccecho-a`. */
const LINK_VALUE = /^(tcp|udp|sctp):\/\//;
const LINK_NAME = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;

const variableOf = (name: string): string => `${PREFIX}${name.toUpperCase().replaceAll('-', '_')}`;

/** Returns the file that `CCECHO_CONFIG` names. */
export const configIn = (env: Environment): string | undefined => {
  const text = env[variableOf('config')] ?? '';
  return isSet(text) ? text : undefined;
};

/**
 * Reads the variables `CCECHO_*`, which are named after the options: `CCECHO_LOG_LEVEL`. A blank one is unset, the link
 * of a Kubernetes service is ignored, and an unknown one causes a warning.
 */
export const environmentSettings = (env: Environment, options: readonly Option[]): EnvironmentSettings => {
  const known = new Map(options.map((option) => [variableOf(nameOf(option)), option]));
  const names = [...known.keys(), variableOf('config')];
  const settings: Setting[] = [];
  const warnings: string[] = [];
  for (const [from, text = ''] of Object.entries(env)) {
    if (!from.startsWith(PREFIX) || !isSet(text) || from === variableOf('config')) continue;
    const option = known.get(from);
    if (option) settings.push({ option, texts: textsOf(text, option), from });
    else if (!LINK_NAME.test(from)) warnings.push(unknown(from, names));
  }
  return { settings, warnings };
};

const isSet = (text: string): boolean => text.trim() !== '' && !LINK_VALUE.test(text);

const textsOf = (text: string, option: Option): string[] => {
  const separator = separatorOf(option);
  if (separator === undefined) return [text];
  return text
    .trim()
    .split(separator)
    .map((each) => each.trim());
};

const unknown = (from: string, names: readonly string[]): string => {
  const meant = suggest(from, names);
  return `${from}: unknown variable${meant === undefined ? '' : `: did you mean ${meant}?`}`;
};
