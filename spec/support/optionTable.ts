import { optionTable as groups, sentenceOf, spelledFlags } from '../../lib/cli/args/optionTable';

/** The options as docs/cli.md shows them, made from the code. */
export const optionTable = (): string =>
  groups
    .map(({ heading, options }) =>
      [
        `### ${heading}`,
        '',
        '| option | |',
        '| --- | --- |',
        ...options.map((option) => `| \`${spelledFlags(option.flags)}\` | ${sentenceOf(option)} |`),
      ].join('\n'),
    )
    .join('\n\n');
