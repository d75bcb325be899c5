import { Counter, exponentialBuckets, Histogram, Registry } from 'prom-client';
import type { ProbeEvent } from '../measure/probe/probeEvent';

/** 50 us, 100 us, … 26 s. */
const BUCKETS = exponentialBuckets(0.00005, 2, 20);

export interface ProbeMetrics {
  readonly registry: Registry;
  /** Returns the observer of a target's events. */
  readonly follow: (target: string, transport: string) => (event: ProbeEvent) => void;
  /** Counts a run that could not start, or ended: the name is unknown, or the target refuses the connection. */
  readonly countFailure: (target: string, transport: string) => void;
}

/**
 * Returns the metrics of probes for Prometheus, by target and transport. Names follow the conventions of Prometheus: base
 * units and `_total`.
 */
export const probeMetrics = (): ProbeMetrics => {
  const registry = new Registry();
  const labelNames = ['target', 'transport'];
  const registers = [registry];
  const counter = (name: string, help: string, ...more: string[]) =>
    new Counter({ name: `ccecho_probe_${name}`, help, labelNames: [...labelNames, ...more], registers });
  const sent = counter('sent_total', 'Probes sent.');
  const lost = counter('lost_total', 'Probes without an answer.');
  const duplicates = counter('duplicates_total', 'Further answers of a probe.');
  const faulty = counter(
    'faulty_total',
    'Probes that came back wrong or late, or were not sent, by verdict.',
    'verdict',
  );
  const missed = counter('missed_total', 'Probes that this process was too slow to send.');
  const refused = counter('refused_total', 'Times that the target refused: nothing listens there.');
  const failures = counter('failures_total', 'Failures to resolve or connect.');
  const readLate = counter('read_late_total', 'Answers that this process read late, by cause.', 'cause');
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `ccecho_probe_${name}`, help, labelNames, buckets: BUCKETS, registers });
  const rtt = histogram('rtt_seconds', 'Round trips of probes that came back whole.');
  const own = histogram('own_error_seconds', 'Echoes of this process to itself: the error of rtt_seconds.');

  return {
    registry,
    countFailure: (target, transport) => failures.inc({ target, transport }),
    follow: (target, transport) => {
      const labels = { target, transport };
      // A counter that is absent until its first count hides the first loss from rate().
      for (const each of [sent, lost, duplicates, missed, refused, failures]) each.inc(labels, 0);
      return (event) => {
        switch (event.kind) {
          case 'sent':
            return sent.inc(labels);
          case 'duplicate':
            return duplicates.inc(labels);
          case 'missed':
            return missed.inc(labels, event.slots);
          case 'refused':
            return refused.inc(labels);
          case 'own':
            return own.observe(labels, event.rttMs / 1000);
          case 'verdict':
            if (event.rttMs !== undefined) rtt.observe(labels, event.rttMs / 1000);
            if (event.readLate) readLate.inc({ ...labels, cause: event.readLate.cause });
            if (event.verdict === 'lost') return lost.inc(labels);
            if (event.verdict !== 'ok') faulty.inc({ ...labels, verdict: event.verdict });
        }
      };
    },
  };
};
