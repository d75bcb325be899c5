import { Option } from 'commander';
import { EchoError } from '../../errors';
import { catalogue } from '../../faults/catalogue';
import { presets } from '../../faults/presets';
import { optionTable } from '../args/optionTable';
import { commandNames } from '../args/parseArguments';
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
  stdout.write(script(completions()));
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

const completions = (): Completion[] => [
  ...optionTable.flatMap(({ options }) =>
    options.map(({ flags, description, choices, isFile = false }): Completion => {
      const { long, required } = new Option(flags);
      const values = long === '--fault' ? faultNames() : (choices ?? []);
      return { name: long!.slice(2), description, takesValue: required, values, isFile };
    }),
  ),
  { name: 'help', description: 'print the help and exit', takesValue: false, values: [], isFile: false },
  { name: 'version', description: 'print the version and exit', takesValue: false, values: [], isFile: false },
];

const bash = (options: readonly Completion[]): string => `# bash completion of ccecho: source <(ccecho completion bash)
_ccecho() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  case $previous in
${options
  .filter(({ takesValue }) => takesValue)
  .map(({ name, values, isFile }) => `    --${name}) COMPREPLY=(${replies(values, isFile)}); return ;;`)
  .join('\n')}
    faults) COMPREPLY=(${replies(faultNames(), false)}); return ;;
    completion) COMPREPLY=(${replies(Object.keys(scripts), false)}); return ;;
    help) COMPREPLY=(${replies(commandNames, false)}); return ;;
  esac
  local words="${options.map(({ name }) => `--${name}`).join(' ')} -tcp -udp"
  if [[ $COMP_CWORD == 1 ]]; then words+=" ${commandNames.join(' ')}"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ccecho ccecho
`;

const replies = (values: readonly string[], isFile: boolean): string => {
  if (isFile) return '$(compgen -f -- "$current")';
  return values.length === 0 ? '' : `$(compgen -W "${values.join(' ')}" -- "$current")`;
};

const zsh = (options: readonly Completion[]): string => `#compdef ccecho
# zsh completion of ccecho: ccecho completion zsh > "\${fpath[1]}/_ccecho"
_arguments -s \\
${options
  .map(({ name, description, takesValue, values, isFile }) => {
    const value = isFile ? '_files' : values.length > 0 ? `(${values.join(' ')})` : ' ';
    return `  '*--${name}${takesValue ? '=' : ''}[${quoted(description)}]${takesValue ? `:${name}:${value}` : ''}' \\`;
  })
  .join('\n')}
  '1: :(${commandNames.join(' ')})' \\
  '2: :(${faultNames().join(' ')})'
`;

/** Inside of '…[…]', zsh takes brackets and colons for its own. */
const quoted = (text: string): string => text.replace(/[[\]:]/g, '\\$&').replace(/'/g, `'\\''`);

const fish = (options: readonly Completion[]): string => `# fish completion of ccecho
complete -c ccecho -f
complete -c ccecho -n __fish_use_subcommand -a '${commandNames.join(' ')}'
complete -c ccecho -n '__fish_seen_subcommand_from faults' -a '${faultNames().join(' ')}'
complete -c ccecho -n '__fish_seen_subcommand_from completion' -a '${Object.keys(scripts).join(' ')}'
${options
  .map(({ name, description, takesValue, values, isFile }) => {
    const value = isFile ? ' -r -F' : values.length > 0 ? ` -x -a '${values.join(' ')}'` : takesValue ? ' -x' : '';
    return `complete -c ccecho -l ${name} -d '${description.replace(/'/g, "\\'")}'${value}`;
  })
  .join('\n')}
`;

const scripts = { bash, zsh, fish } as const;
