import { Option } from 'commander';
import { EchoError } from '../../errors';
import { catalogue } from '../../faults/catalogue';
import { presets } from '../../faults/presets';
import { optionTable, type OptionGroup } from '../args/optionTable';
import { commandNames } from '../args/parseArguments';
import { programs } from '../args/programs';
import { exitStatus } from '../exitStatus';
import type { ProcessContext } from '../processContext';

/** `ccecho completion SHELL`: a script that completes options, their values, commands and faults. */
export const completionCommand = (args: readonly string[], { stdout }: ProcessContext): number => {
  const [shell = '', ...more] = args;
  const script =
    Object.hasOwn(scripts, shell) && more.length === 0 ? scripts[shell as keyof typeof scripts] : undefined;
  if (!script) {
    throw new EchoError(
      'ERR_ECHO_OPTION',
      args.length === 0
        ? 'no shell; expected bash, zsh or fish'
        : `invalid shell "${args.join(' ')}"; expected bash, zsh or fish`,
    );
  }
  stdout.write(script());
  return exitStatus.ok;
};

interface Completion {
  /** Without its dashes: `log-level`. */
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly values: readonly string[];
  readonly isFile: boolean;
}

const faultNames = (): string[] => [...catalogue.map(({ definition }) => definition.name), ...Object.keys(presets)];

const completions = (table: readonly OptionGroup[]): Completion[] =>
  table.flatMap(({ options }) =>
    options
      .filter(({ isHidden }) => !isHidden)
      .map(({ flags, description, choices, isFile = false }): Completion => {
        const { long, required } = new Option(flags);
        const values = long === '--fault' ? faultNames() : (choices ?? []);
        return { name: long!.slice(2), description, takesValue: required, values, isFile };
      }),
  );

const help: Completion = {
  name: 'help',
  description: 'print the help and exit',
  takesValue: false,
  values: [],
  isFile: false,
};
const version: Completion = { ...help, name: 'version', description: 'print the version and exit' };

const serverOptions = (): Completion[] => [...completions(optionTable), help, version];

/** The commands that have options of their own, and these. */
const clients = (): (readonly [name: string, options: readonly Completion[]])[] =>
  Object.entries(programs).map(([name, { options }]) => [name, [...completions(options), help]]);

const bash = (): string => `# bash completion of ccecho: source <(ccecho completion bash)
_ccecho() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local words
  if [[ $COMP_CWORD -gt 1 ]]; then
    case \${COMP_WORDS[1]} in
${clients()
  .map(([name, options]) => `      ${name})\n${bashOptions(options, '        ')} ;;`)
  .join('\n')}
    esac
  fi
  if [[ -z $words ]]; then
${bashOptions(serverOptions(), '    ')}
    case $previous in
      faults) COMPREPLY=(${replies(faultNames(), false)}); return ;;
      completion) COMPREPLY=(${replies(Object.keys(scripts), false)}); return ;;
      help) COMPREPLY=(${replies(commandNames, false)}); return ;;
    esac
    if [[ $COMP_CWORD == 1 ]]; then words+=" ${commandNames.join(' ')}"; fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ccecho ccecho
`;

/** Replies with the values of the option before the cursor, or sets `words` to the options. */
const bashOptions = (options: readonly Completion[], indent: string): string =>
  [
    'case $previous in',
    ...options
      .filter(({ takesValue }) => takesValue)
      .map(({ name, values, isFile }) => `  --${name}) COMPREPLY=(${replies(values, isFile)}); return ;;`),
    'esac',
    `words="${options.map(({ name }) => `--${name}`).join(' ')} -tcp -udp"`,
  ]
    .map((line) => `${indent}${line}`)
    .join('\n');

const replies = (values: readonly string[], isFile: boolean): string => {
  if (isFile) return '$(compgen -f -- "$current")';
  return values.length === 0 ? '' : `$(compgen -W "${values.join(' ')}" -- "$current")`;
};

const zsh = (): string => `#compdef ccecho
# zsh completion of ccecho: ccecho completion zsh > "\${fpath[1]}/_ccecho"
case $words[2] in
${clients()
  .map(([name, options]) => `${name})\n  _arguments -s \\\n${zshOptions(options)}\n    '1: :(${name})' '*: :_hosts' ;;`)
  .join('\n')}
*)
  _arguments -s \\
${zshOptions(serverOptions())}
    '1: :(${commandNames.join(' ')})' \\
    '2: :(${faultNames().join(' ')})' ;;
esac
`;

const zshOptions = (options: readonly Completion[]): string =>
  options
    .map(({ name, description, takesValue, values, isFile }) => {
      const value = isFile ? '_files' : values.length > 0 ? `(${values.join(' ')})` : ' ';
      return `    '*--${name}${takesValue ? '=' : ''}[${quoted(description)}]${takesValue ? `:${name}:${value}` : ''}' \\`;
    })
    .join('\n');

/** Inside of '…[…]', zsh takes brackets and colons for its own. */
const quoted = (text: string): string => text.replace(/[[\]:]/g, '\\$&').replace(/'/g, `'\\''`);

const fish = (): string => `# fish completion of ccecho
complete -c ccecho -f
complete -c ccecho -n __fish_use_subcommand -a '${commandNames.join(' ')}'
complete -c ccecho -n '__fish_seen_subcommand_from faults' -a '${faultNames().join(' ')}'
complete -c ccecho -n '__fish_seen_subcommand_from completion' -a '${Object.keys(scripts).join(' ')}'
${clients()
  .map(([name, options]) => fishOptions(options, `__fish_seen_subcommand_from ${name}`))
  .join('\n')}
${fishOptions(serverOptions(), `not __fish_seen_subcommand_from ${Object.keys(programs).join(' ')}`)}
`;

const fishOptions = (options: readonly Completion[], condition: string): string =>
  options
    .map(({ name, description, takesValue, values, isFile }) => {
      const value = isFile ? ' -r -F' : values.length > 0 ? ` -x -a '${values.join(' ')}'` : takesValue ? ' -x' : '';
      return `complete -c ccecho -n '${condition}' -l ${name} -d '${description.replace(/'/g, "\\'")}'${value}`;
    })
    .join('\n');

const scripts = { bash, zsh, fish } as const;
