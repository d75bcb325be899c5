import { Command, Option } from 'commander';
import { spelledFlags, type OptionEntry, type OptionGroup } from './optionTable';
import { usageParser } from './usageParser';

/** A command with options of its own: the help, the manual, the completion and the parser are made from it. */
export interface CommandDefinition {
  readonly name: string;
  readonly description: string;
  readonly usage: string;
  readonly options: readonly OptionGroup[];
  /** Follows the options in the help. */
  readonly footer: string;
}

/** Returns a command that commander parses: its errors are thrown, and `parseArguments` puts them in one line. */
export const commandOf = ({ name, description, usage, options, footer }: CommandDefinition): Command => {
  const chain: ChainedArgument[] = [];
  const command = new Command(name)
    .description(description)
    .usage(usage)
    .argument('[words...]')
    .addHelpOption(new Option('-h, --help', 'print this help and exit').helpGroup('Other:'))
    .addHelpText('after', footer)
    .configureHelp({
      helpWidth: 80,
      visibleArguments: () => [],
      optionTerm: ({ flags }) => spelledFlags(flags),
      optionDescription: ({ description, defaultValue, defaultValueDescription }) =>
        defaultValue === undefined
          ? description
          : `${description} (default: ${defaultValueDescription ?? String(defaultValue)})`,
    })
    // `run` writes usage errors, in one line.
    .configureOutput({ writeErr: () => undefined })
    .showSuggestionAfterError(false)
    .allowExcessArguments(true)
    .exitOverride();
  for (const { heading, options: entries } of options) {
    command.optionsGroup(`${heading}:`);
    for (const entry of entries) command.addOption(optionOf(entry, chain));
  }
  return command.optionsGroup('Other:');
};

interface ChainedArgument {
  readonly option: string;
  readonly text: string;
}

const optionOf = (entry: OptionEntry, chain: ChainedArgument[]): Option => {
  const option = new Option(entry.flags, entry.description).hideHelp(entry.isHidden ?? false);
  if (entry.default !== undefined) option.default(entry.default, entry.defaultText);
  if (entry.choices) return option.choices(entry.choices);
  const parse = usageParser(entry.parse ?? ((text: string): unknown => text));
  if (entry.repeatable === 'inChain') {
    const name = option.attributeName();
    // These options share one list, in the order of the command line.
    return option.argParser((text) => {
      chain.push({ option: name, text });
      return chain;
    });
  }
  if (entry.repeatable) return option.argParser((text, before: readonly unknown[] = []) => [...before, parse(text)]);
  return entry.parse ? option.argParser(parse) : option;
};
