import type { Command } from 'commander';
import { fileSettings } from './fileSettings';
import { configIn, environmentSettings, type Environment } from './environmentSettings';
import type { ServerFlags } from '../args/createProgram';
import { nameOf, configurableOptions, takesValue, settingError, valueError, type Setting } from '../args/setting';
import { parseArguments } from '../args/parseArguments';

/** What a server is to do, and who sources so. */
export interface Configuration {
  readonly flags: ServerFlags;
  /** By the name of the option: its value as it was written, and where; what nobody sources is not there. */
  readonly sources: ReadonlyMap<string, { readonly text: string; readonly from: string }>;
  /** A line for each variable that is no option. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration of a server: the command line wins over the variables `CCECHO_*`, these over the file that
 * `--config` or `CCECHO_CONFIG` names, and that over the defaults. One definition serves all: the options of the command,
 * with their own readers. What `--fault`, `--use` and `--dump` name adds up to one chain, the file's part first.
 *
 * @param make Makes the command anew: what it has read stays in it.
 * @throws `ERR_ECHO_OPTION`, one line that names where the mistake is.
 */
export const readConfiguration = (make: () => Command, words: readonly string[], env: Environment): Configuration => {
  const asked = make();
  const { config = configIn(env) } = parseArguments<ServerFlags>(asked, words);
  const options = configurableOptions(asked);
  const isOnCommandLine = ({ option }: Setting): boolean =>
    asked.getOptionValueSource(option.attributeName()) === 'cli';
  const { settings: fromEnv, warnings } = environmentSettings(env, options);
  const fromFile = config === undefined ? [] : fileSettings(config, options);
  const overridden = new Set(fromEnv.map(({ option }) => nameOf(option)));
  const settings = [...fromFile.filter(({ option }) => !overridden.has(nameOf(option))), ...fromEnv];

  const command = make();
  // What was read from, whoever named it: a reload reads it again.
  if (config !== undefined) command.setOptionValueWithSource('config', config, 'config');
  const sources = new Map<string, { text: string; from: string }>();
  for (const setting of settings.filter((each) => !isOnCommandLine(each))) {
    // This command's own: the readers of a chain add to the chain of their command.
    const option = command.options.find(({ long }) => long === setting.option.long)!;
    apply({ ...setting, option }, command);
    sources.set(nameOf(setting.option), { text: setting.texts.join(' '), from: setting.from });
  }
  for (const option of options) {
    command.on(`option:${nameOf(option)}`, (value: string | undefined) => {
      const before = sources.get(nameOf(option))?.text;
      const text = value ?? 'true';
      sources.set(nameOf(option), { text: before === undefined ? text : `${before} ${text}`, from: option.long! });
    });
  }
  return { flags: parseArguments<ServerFlags>(command, words), sources, warnings };
};

/** A setting as the option's own reader reads it. */
const apply = ({ option, texts, from }: Setting, command: Command): void => {
  const key = option.attributeName();
  if (!takesValue(option)) return void command.setOptionValueWithSource(key, isOn(texts[0]!, from), 'config');
  // An empty list is something else than nothing.
  let value: unknown = texts.length === 0 ? [] : undefined;
  for (const text of texts) {
    try {
      value = option.parseArg ? option.parseArg(text, value) : text;
    } catch (error) {
      throw settingError(from, valueError(text, (error as Error).message), error);
    }
  }
  command.setOptionValueWithSource(key, value, 'config');
};

/** `undefined` is what an option is that nobody gave. */
const isOn = (text: string, from: string): true | undefined => {
  if (['true', '1'].includes(text)) return true;
  if (['false', '0'].includes(text)) return undefined;
  throw settingError(from, `"${text}" is not a boolean; expected true or false`);
};
