import type { Run } from './echo';
import { quantile } from './quantile';

/** Everything that was seen of one contender in one shape. */
export interface Row {
  readonly shape: string;
  readonly name: string;
  readonly runs: readonly Run[];
  /** The runs of whom it is compared with, round by round. */
  readonly baseline: readonly Run[];
}

/** A median of ratios that were each taken within one round, and how far they were spread. */
interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

interface Summary extends Record<'cpuUsAMessage' | 'perSecond' | 'p50Us' | 'p99Us' | 'peakBytes', number> {
  readonly shape: string;
  readonly name: string;
  readonly cpuRatio: Ratio;
  readonly p99Ratio: Ratio;
  readonly memoryRatio: Ratio;
}

const ratioOf = ({ runs, baseline }: Row, quantity: (run: Run) => number): Ratio => {
  const ratios = runs.map((run, round) => quantity(run) / quantity(baseline[round]!));
  return { median: quantile(ratios, 0.5), least: Math.min(...ratios), most: Math.max(...ratios) };
};

const summaryOf = (row: Row): Summary => {
  const medianOf = (quantity: (run: Run) => number): number => quantile(row.runs.map(quantity), 0.5);
  return {
    shape: row.shape,
    name: row.name,
    cpuUsAMessage: medianOf((run) => run.cpuUsAMessage),
    cpuRatio: ratioOf(row, (run) => run.cpuUsAMessage),
    perSecond: medianOf((run) => run.perSecond),
    p50Us: medianOf((run) => run.p50Us),
    p99Us: medianOf((run) => run.p99Us),
    p99Ratio: ratioOf(row, (run) => run.p99Us),
    peakBytes: medianOf((run) => run.peakBytes),
    memoryRatio: ratioOf(row, (run) => run.peakBytes),
  };
};

const spread = ({ median, least, most }: Ratio): string =>
  `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;

const heads = [
  'shape',
  'server',
  'CPU a message',
  'ratio (spread)',
  'messages a second',
  'p50',
  'p99',
  'p99 ratio',
  'peak memory',
  'ratio',
];

const cellsOf = (row: Summary): readonly string[] => [
  row.shape,
  row.name,
  `${row.cpuUsAMessage.toFixed(2)} µs`,
  spread(row.cpuRatio),
  Math.round(row.perSecond).toLocaleString('en-US'),
  `${(row.p50Us / 1000).toFixed(2)} ms`,
  `${(row.p99Us / 1000).toFixed(2)} ms`,
  row.p99Ratio.median.toFixed(2),
  `${Math.round(row.peakBytes / 2 ** 20)} MiB`,
  row.memoryRatio.median.toFixed(2),
];

/** The rows as figures, and as a Markdown table that also reads well in a terminal. */
export const tableOf = (rows: readonly Row[]): { readonly rows: readonly Summary[]; readonly text: string } => {
  const summaries = rows.map(summaryOf);
  const cells = [heads, ...summaries.map(cellsOf)];
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const [head, ...body] = cells.map(line);
  return { rows: summaries, text: [head, rule, ...body].join('\n') };
};
