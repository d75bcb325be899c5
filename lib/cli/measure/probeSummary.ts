import { formatEndpoint, type Endpoint } from '../../endpoint';
import { formatMs as ms } from './formatMs';
import type { ProbeStats } from '../../measure/probe/probeStats';

/** The largest number of bars' characters. */
const BAR_COLUMNS = 40;

export interface SummaryContext {
  readonly target: Endpoint;
  readonly transport: string;
  readonly locals: readonly Endpoint[];
  readonly elapsedMs: number;
  readonly intervalMs: number;
  readonly isVerbose: boolean;
}

/** Returns the summary of a probe: first in the shape of ping, which programs parse, then what ping does not know. */
export const probeSummary = (stats: ProbeStats, context: SummaryContext): string[] => {
  const { sent, received, rtt } = stats;
  const loss = sent === 0 ? 0 : ((sent - received) / sent) * 100;
  const header = `--- ${formatEndpoint(context.target)} ${context.transport} probe statistics ---`;
  const totals =
    `${sent} packets transmitted, ${received} received, ${plain(loss)}% packet loss, ` +
    `time ${Math.round(context.elapsedMs)}ms`;
  return [
    header,
    totals,
    ...(rtt.count === 0 ? [] : [rttLine(stats)]),
    ...(rtt.count === 0 ? [] : percentileLines(stats)),
    ...verdictLines(stats),
    ...lossLines(stats, context),
    ...flowLines(stats, context),
    ...barLines(stats),
    ...ownErrorLines(stats),
    ...(context.isVerbose ? detailLines(stats) : []),
  ];
};

const plain = (share: number): string => String(Number(share.toPrecision(6)));

const rttLine = ({ rtt }: ProbeStats): string =>
  `rtt min/avg/max/mdev = ${[rtt.min, rtt.mean, rtt.max, rtt.stddev].map(ms).join('/')} ms`;

const PERCENTILES = [500, 900, 950, 990, 999] as const;

const percentileLines = ({ rtt, jitter }: ProbeStats): string[] => {
  const known = PERCENTILES.flatMap((thousandths) => {
    const value = rtt.at(thousandths);
    return value === undefined ? [] : `p${thousandths / 10} ${ms(value)}`;
  });
  const exactness = rtt.isExact ? '' : ' (from a histogram of three digits)';
  return [`percentiles of ${rtt.count} answers: ${known.join(', ')} ms${exactness}; jitter ${ms(jitter.value)} ms`];
};

const verdictLines = (stats: ProbeStats): string[] => {
  const counts: [number, string][] = [
    [stats.late, 'late'],
    [stats.corrupt, 'corrupt'],
    [stats.truncated, 'truncated'],
    [stats.merged, 'merged'],
    [stats.wrongSource, 'from another address'],
    [stats.sendErrors, 'not sent'],
    [stats.duplicates, 'duplicate'],
    [stats.reordering.reordered, 'reordered'],
    [stats.stray, 'stray'],
    [stats.missed, 'slots missed'],
    [stats.disconnects, 'disconnects'],
  ];
  const named = counts.flatMap(([count, name]) => (count === 0 ? [] : `${count} ${name}`));
  const refused = stats.refused > 0 ? ['the target refuses: nothing listens there'] : [];
  return [...(named.length === 0 ? [] : [named.join(', ')]), ...refused];
};

const lossLines = ({ losses, lost, sent, flows }: ProbeStats, { intervalMs }: SummaryContext): string[] => {
  if (losses.periods === 0) return [];
  const outageMs = losses.longest * intervalMs;
  const line = `${lost} lost in ${losses.periods} periods; the longest has ${losses.longest} probes, an outage of ${outageMs} ms`;
  const ratio = lost / sent;
  const advice =
    flows.length < 2 && ratio >= 0.02 && ratio <= 0.5 ? ['to see whether loss depends on the flow: --flows 16'] : [];
  return [line, ...advice];
};

const flowLines = ({ flows, flowLoss }: ProbeStats, { locals, target }: SummaryContext): string[] => {
  if (flows.length < 2) return [];
  const worst = [...flows].sort((one, other) => other.lost - one.lost || one.flow - other.flow);
  const lines = worst.map(({ flow, sent, lost }) => {
    const local = locals[flow];
    const tuple = `${local ? formatEndpoint(local) : '?'} -> ${formatEndpoint(target)}`;
    return `  ${tuple}  ${lost} of ${sent} lost`;
  });
  const { verdict, missing } = flowLoss;
  const conclusion =
    verdict === 'depends'
      ? 'loss depends on the flow: one of several paths is bad, on the way there or back'
      : verdict === 'needs more probes'
        ? `whether loss depends on the flow needs ${missing} more probes`
        : 'loss does not depend on the flow';
  return [`flows, the worst first:`, ...lines, conclusion];
};

const barLines = ({ rtt }: ProbeStats): string[] => {
  if (rtt.count < 10 || rtt.min === rtt.max) return [];
  const bars = rtt.bars();
  const most = Math.max(...bars.map(({ count }) => count));
  return bars.map(({ fromMs, toMs, count }) => {
    const bar = '#'.repeat(Math.ceil((count / most) * BAR_COLUMNS));
    return `${ms(fromMs).padStart(10)} to ${ms(toMs).padStart(10)} ms ${String(count).padStart(7)} ${bar}`.trimEnd();
  });
};

const ownErrorLines = ({ own, rtt, rttReadInTime, readLate }: ProbeStats): string[] => {
  const median = own.at(500);
  if (median === undefined) return [];
  const parts = [500, 900, 990].flatMap((each) =>
    own.at(each) === undefined ? [] : `p${each / 10} ${ms(own.at(each))}`,
  );
  const causes = [...readLate].map(([cause, count]) => `${cause} ${count}`).join(', ');
  const late = rtt.count - rttReadInTime.count;
  const readLateLines =
    late === 0
      ? []
      : [
          `${late} of ${rtt.count} answers were read late, marked ~ (${causes}); ` +
            `without them p50 ${ms(rttReadInTime.at(500))}, p99 ${ms(rttReadInTime.at(990))} ms`,
        ];
  const fastest = rtt.at(500);
  const warning =
    fastest !== undefined && fastest < 2 * median
      ? ['warning: the round trips are not much larger than the own error; their absolute values mean little']
      : [];
  return [`own error (echo to itself): ${parts.join(', ')} ms`, ...readLateLines, ...warning];
};

const detailLines = ({ variation, rtt, reordering, lateness, connect }: ProbeStats): string[] => [
  `ipdv (RFC 3393): mean ${ms(variation.mean)}, max ${ms(variation.max)} ms over ${variation.pairs} pairs`,
  `pdv (RFC 5481): p50 ${ms(minus(rtt.at(500), rtt.min))}, p99 ${ms(minus(rtt.at(990), rtt.min))} ms above the minimum`,
  `reordering (RFC 4737): ${reordering.reordered} of ${reordering.received}, extent at most ${reordering.maxExtent}`,
  `lateness of sends: p50 ${ms(lateness.at(500))}, p99 ${ms(lateness.at(990))} ms`,
  ...(connect.count > 0 ? [`connect: min ${ms(connect.min)}, max ${ms(connect.max)} ms`] : []),
];

const minus = (value: number | undefined, base: number): number | undefined =>
  value === undefined ? undefined : value - base;
