import { EchoError } from '../../errors';
import { aliases, catalogue } from '../../faults/catalogue';
import type { FaultDefinition, Parameter } from '../../faults/kit/defineFault';
import { findFault } from '../../faults/parse/findFault';
import { presets } from '../../faults/presets';
import { formatDefinitions } from '../../format/formatDefinitions';
import { formatTable } from '../../format/formatTable';
import { exitStatus } from '../exitStatus';
import type { ProcessContext } from '../processContext';

type AnyDefinition = FaultDefinition<Record<string, unknown>>;

/** `ccecho faults`: the catalogue as a table; `ccecho faults NAME` explains one fault or preset, with its source. */
export const faultsCommand = (words: readonly string[], { stdout }: ProcessContext): number => {
  const [name, ...more] = words;
  if (more.length > 0) throw new EchoError('ERR_ECHO_OPTION', `ccecho faults takes one name, not '${words.join(' ')}'`);
  const asksForAll = name === undefined || name === '--help' || name === '-h';
  stdout.write(`${(asksForAll ? table() : explained(name)).join('\n')}\n`);
  return exitStatus.ok;
};

const table = (): string[] => [
  ...formatTable([
    ['FAULT', 'ON', 'WHAT IT DOES'],
    ...catalogue.map(({ definition }) => [definition.name, definition.transports.join(' '), definition.description]),
  ]),
  '',
  ...formatTable([['PRESET', 'IS'], ...Object.entries(presets).map(([name, { faults }]) => [name, faults.join(' ')])]),
  '',
  'ccecho faults NAME explains one, with its parameters. Every fault also takes',
  'name, on, toxicity, conn, after, for and off.',
];

const explained = (name: string): string[] => {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset) {
    const options = preset.faults.map((each) => `--fault ${each}`).join(' ');
    return formatDefinitions([
      [name, options],
      ['Source:', preset.source],
    ]);
  }
  const { definition } = findFault(name);
  const others = Object.keys(aliases).filter((alias) => aliases[alias] === definition.name);
  return [
    `${definition.name} ${definition.description} (${definition.transports.join(' and ')})`,
    '',
    ...formatDefinitions(
      Object.entries(definition.parameters).map(([key, each]) => explainedParameter(definition, key, each)),
    ),
    '',
    ...formatDefinitions([
      ['Source:', definition.source],
      ...(others.length > 0 ? [['Aliases:', others.join(', ')] as const] : []),
    ]),
  ];
};

const explainedParameter = (
  { name, defaults }: AnyDefinition,
  key: string,
  parameter: Parameter,
): readonly [string, string] => {
  const given = defaults[key];
  const unit = parameter.choices?.join('|') ?? examples[parameter.kind];
  const word = parameter.key === name ? `${name}=${unit}` : `  ${parameter.key}=${unit}`;
  const ending = given === undefined ? '' : ` (default: ${shown(parameter, given)})`;
  return [word, `${parameter.description}${ending}`];
};

const examples: Readonly<Record<Parameter['kind'], string>> = {
  duration: '50ms',
  size: '64KiB',
  rate: '1mbit',
  probability: '1%',
  ratio: '1e-6',
  count: '3',
  frames: '10frames',
  choice: '',
};

const shown = ({ kind }: Parameter, value: unknown): string => {
  if (kind === 'duration') return `${String(value)}ms`;
  if (kind === 'size')
    return Number(value) % 1024 ** 2 === 0 && Number(value) > 0
      ? `${Number(value) / 1024 ** 2}MiB`
      : `${String(value)}B`;
  return kind === 'probability' ? `${Number(value) * 100}%` : String(value);
};
