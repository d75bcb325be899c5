import { catalogue } from '../../lib/faults/catalogue';
import { presets } from '../../lib/faults/presets';

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');

/** The catalogue and the presets as the README shows them, made from the code. */
export const catalogueTable = (): string => {
  const faults = catalogue.map(({ definition: { name, transports, description, parameters, source } }) => {
    const words = [...new Set(Object.values(parameters).map(({ key }) => key))].filter((word) => word !== name);
    return [`\`${name}\``, transports.join(', '), description, words.map((word) => `\`${word}\``).join(' '), source];
  });
  const known = Object.entries(presets).map(([name, { faults: each, source }]) => [
    `\`${name}\``,
    each.map((fault) => `\`${fault}\``).join(' '),
    source,
  ]);
  return [
    table(['fault', 'on', 'what it does', 'parameters', 'as in'], faults),
    table(['preset', 'is', 'source of the numbers'], known),
  ].join('\n\n');
};
