import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { ServerStats } from '../server/serverStats';

/** Returns the counters of each stage by its name; see `Faults.counts`. */
export type StageCounts = () => Record<string, Record<string, number>>;

export interface EchoMetricsOptions {
  readonly stats: ServerStats;
  readonly counts: StageCounts;
  readonly version: string;
}

/** One value of a metric, with the values of its labels. */
type Sample = readonly [value: number, labels?: Record<string, string>];

/** Gauges with names of counters, whose values other metrics contain. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Counters of stages that count no injection: frames passed, sums of bytes and time, maxima. */
const NO_INJECTIONS = /^(frames|bytes|drawn|bufferedBytes|delayedMs|flippedBits|droppedBytes|discardedBytes)$/;

/**
 * Returns the metrics of a server for Prometheus, which are read when a scraper asks. Names follow the conventions of
 * Prometheus: base units and `_total`. No label contains the address of a peer.
 */
export const echoMetrics = ({ stats, counts, version }: EchoMetricsOptions): Registry => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);

  const metric =
    (Kind: typeof Counter | typeof Gauge) =>
    (name: string, help: string, read: () => readonly Sample[], ...labelNames: string[]): void => {
      new Kind({
        name: `ccecho_${name}`,
        help,
        labelNames,
        registers: [registry],
        collect() {
          this.reset();
          for (const [value, labels = {}] of read()) this.inc(labels, value);
        },
      });
    };
  const [counter, gauge] = [metric(Counter), metric(Gauge)];
  const transports = ['tcp', 'udp'] as const;

  gauge(
    'build_info',
    'Always 1, with the versions of ccecho and Node as labels.',
    () => [[1, { version, node: process.version }]],
    'version',
    'node',
  );
  gauge('connections_open', 'Open TCP connections.', () => [[stats.open('tcp')]]);
  counter('connections_total', 'TCP connections served.', () => [[stats.connections]]);
  counter(
    'connections_refused_total',
    'TCP connections refused, by reason; kernel counts the full accept queues of this network namespace.',
    () => by('reason', stats.refused),
    'reason',
  );
  counter('connections_closed_total', 'TCP connections closed, by reason.', () => by('reason', stats.closed), 'reason');
  gauge('flows_open', 'Open UDP flows; a server without stages keeps none.', () => [[stats.open('udp')]]);
  counter(
    'bytes_received_total',
    'Payload bytes received.',
    () => transports.map((transport) => [stats[transport].bytesIn, { transport }]),
    'transport',
  );
  counter(
    'bytes_sent_total',
    'Payload bytes sent back and taken by the kernel.',
    () => transports.map((transport) => [stats[transport].bytesOut, { transport }]),
    'transport',
  );
  gauge(
    'pending_bytes',
    'Payload bytes received and neither sent back nor dropped by a stage.',
    () => transports.map((transport) => [stats.bytesPending(transport), { transport }]),
    'transport',
  );
  counter('datagrams_received_total', 'Datagrams received.', () => [[stats.udp.datagramsIn]]);
  counter('datagrams_sent_total', 'Datagrams sent back.', () => [[stats.udp.datagramsOut]]);
  counter('datagrams_dropped_total', 'Datagrams dropped, by reason.', () => by('reason', stats.dropped), 'reason');
  counter('reading_paused_total', 'Times that reading was paused at --max-buffered.', () => [[stats.pauses]]);
  counter(
    'faults_injected_total',
    'Actions of faults and other stages.',
    () => injections(counts()),
    'fault',
    'action',
  );
  return registry;
};

const by = (label: string, counts: ReadonlyMap<string, number>): Sample[] =>
  [...counts].map(([value, count]) => [count, { [label]: value }]);

const injections = (counts: ReturnType<StageCounts>): Sample[] =>
  Object.entries(counts).flatMap(([fault, actions]) =>
    Object.entries(actions).flatMap(([action, count]): Sample[] =>
      NO_INJECTIONS.test(action) ? [] : [[count, { fault, action }]],
    ),
  );
