import type { Command } from 'commander';
import { fileSettings } from './fileSettings';
import { configIn, environmentSettings, type Environment } from './environmentSettings';
import type { ServerFlags } from '../args/createProgram';
import { nameOf, configurableOptions, takesValue, settingError, valueError, type Setting } from '../args/setting';
import { parseArguments } from '../args/parseArguments';

/** The effective options of a server, and their sources. */
export interface Configuration {
  readonly flags: ServerFlags;
  /** The text and the source of each option that is set, by its name. */
  readonly sources: ReadonlyMap<string, { readonly text: string; readonly from: string }>;
  /** A line for each unknown variable. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration of a server. The command line overrides the variables `CCECHO_*`, which override the file of
 * `--config` or `CCECHO_CONFIG`, which overrides the defaults. The stages of `--fault`, `--use` and `--dump` add up to
 * one chain, those of the file first.
 *
 * @param make Makes the command anew, because a command keeps what it has parsed.
 * @throws `ERR_ECHO_OPTION` with one line that names the place of the mistake.
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
  // Stored, so that a reload reads the same file again.
  if (config !== undefined) command.setOptionValueWithSource('config', config, 'config');
  const sources = new Map<string, { text: string; from: string }>();
  for (const setting of settings.filter((each) => !isOnCommandLine(each))) {
    // The options of this command, because the parsers of a chain add to the chain of their command.
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

/** Applies a setting with the parser of its option. */
const apply = ({ option, texts, from }: Setting, command: Command): void => {
  const key = option.attributeName();
  if (!takesValue(option)) return void command.setOptionValueWithSource(key, isOn(texts[0]!, from), 'config');
  // An empty list differs from an unset option.
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

/** An unset option is `undefined`. */
const isOn = (text: string, from: string): true | undefined => {
  if (['true', '1'].includes(text)) return true;
  if (['false', '0'].includes(text)) return undefined;
  throw settingError(from, `"${text}" is not a boolean; expected true or false`);
};
