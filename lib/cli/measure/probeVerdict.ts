import { EchoError } from '../../errors';
import type { ProbeStats } from '../../measure/probe/probeStats';
import type { Rule } from '../args/assertConsistent';
import type { ProbeFlags, RttLimit } from '../args/probeProgram';

/** The options of a probe that exclude one another. */
export const probeRules = (flags: ProbeFlags, targets: readonly string[]): readonly Rule[] => {
  const { tcp, udp, json, ndjson, reconnect, size, sourcePort, metrics, window } = flags;
  return [
    [tcp && udp, '--tcp cannot be combined with --udp; a probe has one transport'],
    [json && ndjson, '--json cannot be combined with --ndjson'],
    [reconnect && udp, '--reconnect works over TCP only'],
    [reconnect && sourcePort, '--source-port cannot be combined with --reconnect: a port is not free again at once'],
    [size === 0 && !udp, '--size 0 works over UDP only'],
    [json && window, '--window cannot be combined with --json; use --ndjson'],
    [metrics && (json || ndjson || window), '--metrics cannot be combined with --json, --ndjson or --window'],
    [metrics && hasLimit(flags), '--metrics cannot be combined with a limit; alert on the metrics instead'],
    [!metrics && targets.length > 1, `unknown argument '${targets[1]}': several targets need --metrics`],
  ];
};

const hasLimit = ({ maxLoss, maxRtt = [], maxConsecutiveLoss }: ProbeFlags): boolean =>
  maxLoss !== undefined || maxRtt.length > 0 || maxConsecutiveLoss !== undefined;

/** @throws `ERR_ECHO_OPTION` for a limit that a run cannot decide: one without an end, or a percentile of too few probes. */
export const assertDecidable = (flags: ProbeFlags): void => {
  const { count, deadline, maxRtt = [] } = flags;
  if (hasLimit(flags) && count === undefined && deadline === undefined) {
    throw new EchoError('ERR_ECHO_OPTION', 'a limit needs an end of the run; expected --count or --deadline');
  }
  for (const { thousandths, text } of maxRtt) {
    if (count === undefined || thousandths === 1000 || thousandths <= 500) continue;
    const needed = Math.floor(1000 / (1000 - thousandths)) + 1;
    if (count < needed) {
      throw new EchoError(
        'ERR_ECHO_OPTION',
        `--max-rtt ${text}: ${count} probes are too few; expected --count ${needed} or more`,
      );
    }
  }
};

/** Returns a line for each limit that the run exceeded. */
export const exceededLimits = (
  stats: ProbeStats,
  { maxLoss, maxRtt = [], maxConsecutiveLoss }: ProbeFlags,
): string[] => [
  ...(maxLoss !== undefined && shareLost(stats) > maxLoss
    ? [`loss of ${percent(shareLost(stats))} exceeds --max-loss ${percent(maxLoss)}`]
    : []),
  ...maxRtt.flatMap((limit) => exceededRtt(stats, limit)),
  ...(maxConsecutiveLoss !== undefined && stats.losses.longest > maxConsecutiveLoss
    ? [`${stats.losses.longest} lost probes in a row exceed --max-consecutive-loss ${maxConsecutiveLoss}`]
    : []),
];

const shareLost = ({ sent, received }: ProbeStats): number => (sent === 0 ? 0 : (sent - received) / sent);
const percent = (share: number): string => `${Number((share * 100).toPrecision(4))}%`;

const exceededRtt = ({ rtt }: ProbeStats, { thousandths, maxMs, text }: RttLimit): string[] => {
  const value = thousandths === 1000 ? (rtt.count === 0 ? undefined : rtt.max) : rtt.at(thousandths);
  if (value === undefined) return [`--max-rtt ${text} cannot be decided: ${rtt.count} answers are too few`];
  return value > maxMs ? [`round trip of ${value.toFixed(3)} ms exceeds --max-rtt ${text}`] : [];
};
