import { formatEndpoint, type Endpoint } from '../../endpoint';
import type { ProbeEvent } from '../../measure/probe/probeEvent';
import type { ProbeStats } from '../../measure/probe/probeStats';
import type { Percentiles } from '../../measure/statistics/percentiles';

/** Nanoseconds as an integer; `null` for a value that does not exist. */
const ns = (ms: number | undefined): number | null =>
  ms === undefined || !Number.isFinite(ms) ? null : Math.round(ms * 1e6);

/** Returns the distribution of durations, in integers of nanoseconds. */
export const distributionJson = (values: Percentiles) => ({
  min: ns(values.count === 0 ? undefined : values.min),
  mean: ns(values.mean),
  p50: ns(values.at(500)),
  p90: ns(values.at(900)),
  p95: ns(values.at(950)),
  p99: ns(values.at(990)),
  p99_9: ns(values.at(999)),
  max: ns(values.count === 0 ? undefined : values.max),
  stddev: ns(values.stddev),
});

export interface JsonContext {
  readonly target: Endpoint;
  readonly transport: string;
  readonly locals: readonly Endpoint[];
  readonly asked: Readonly<Record<string, unknown>>;
}

/** Returns the statistics as one JSON document, version 1: integers of nanoseconds, and `null` for what is not known. */
export const probeJson = (stats: ProbeStats, { target, transport, locals, asked }: JsonContext): object => ({
  v: 1,
  target: formatEndpoint(target),
  transport,
  asked,
  effective: { locals: locals.map(formatEndpoint) },
  sent: stats.sent,
  received: stats.received,
  lost: stats.lost,
  duplicates: stats.duplicates,
  reordered: stats.reordering.reordered,
  late: stats.late,
  corrupt: stats.corrupt,
  truncated: stats.truncated,
  merged: stats.merged,
  wrongSource: stats.wrongSource,
  refused: stats.refused,
  sendErrors: stats.sendErrors,
  stray: stats.stray,
  missed: stats.missed,
  readLate: Object.fromEntries(stats.readLate),
  rttNs: distributionJson(stats.rtt),
  ipdvNs: { mean: ns(stats.variation.mean), max: ns(stats.variation.pairs === 0 ? undefined : stats.variation.max) },
  jitterNs: ns(stats.rtt.count === 0 ? undefined : stats.jitter.value),
  lossPeriods: { periods: stats.losses.periods, longest: stats.losses.longest },
  flows: stats.flows.map(({ flow, sent, received, lost }) => ({
    local: locals[flow] ? formatEndpoint(locals[flow]) : null,
    sent,
    received,
    lost,
  })),
  ownErrorNs: { p50: ns(stats.own.at(500)), p90: ns(stats.own.at(900)), p99: ns(stats.own.at(990)) },
});

/** Returns an event as a JSON object, version 1; times end in `Ns`. */
export const probeEventJson = (event: ProbeEvent): object => ({ v: 1, ...inNanoseconds(event) });

const inNanoseconds = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]: [string, unknown]) => {
      if (key.endsWith('Ms')) return [`${key.slice(0, -2)}Ns`, ns(value as number)];
      return [key, typeof value === 'object' && value !== null ? inNanoseconds(value) : value];
    }),
  );

/** Returns the statistics of a window as a JSON object, version 1. */
export const windowJson = ({ sent, received, lost, duplicates, rtt, jitter }: ProbeStats): object => ({
  v: 1,
  kind: 'window',
  sent,
  received,
  lost,
  duplicates,
  rttNs: distributionJson(rtt),
  jitterNs: ns(rtt.count === 0 ? undefined : jitter.value),
});
