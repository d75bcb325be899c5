import { defer, reduce, type OperatorFunction } from 'rxjs';
import { DelayVariation, InterarrivalJitter } from '../statistics/delayVariation';
import { testFlowLoss, type FlowLossTest } from '../statistics/flowLoss';
import { LossPeriods } from '../statistics/lossPeriods';
import { Percentiles } from '../statistics/percentiles';
import { Reordering } from '../statistics/reordering';
import type { LateReading } from './lateReading';
import type { ProbeEvent } from './probeEvent';

/** The counts of one flow. */
export interface FlowStats {
  readonly flow: number;
  sent: number;
  received: number;
  lost: number;
}

/**
 * The statistics of a probe, a fold over its events. Times are in milliseconds.
 *
 * `received` counts the probes that are `ok` or `late`; only these have a round trip.
 */
export class ProbeStats {
  sent = 0;
  received = 0;
  lost = 0;
  late = 0;
  corrupt = 0;
  truncated = 0;
  merged = 0;
  wrongSource = 0;
  sendErrors = 0;
  duplicates = 0;
  stray = 0;
  refused = 0;
  missed = 0;
  disconnects = 0;
  /** Answers that this process read late, by the cause in this process. */
  readonly readLate = new Map<LateReading['cause'], number>();
  readonly rtt = new Percentiles();
  /** The round trips without those that were read late. */
  readonly rttReadInTime = new Percentiles();
  readonly own = new Percentiles();
  readonly connect = new Percentiles();
  readonly lateness = new Percentiles();
  readonly variation = new DelayVariation();
  readonly jitter = new InterarrivalJitter();
  readonly losses = new LossPeriods();
  readonly reordering = new Reordering();
  readonly flows: FlowStats[] = [];
  lastMs: number | undefined;
  /** Probes that are overdue and have no verdict yet. */
  overdue = 0;
  readonly #overdue = new Set<number>();
  /** Verdicts that wait for those of earlier probes, because loss periods follow the sequence numbers. */
  readonly #verdicts = new Map<number, boolean>();
  #nextSeq = 0;

  add(event: ProbeEvent): void {
    switch (event.kind) {
      case 'sent':
        this.sent += 1;
        this.#flow(event.flow).sent += 1;
        return this.lateness.add(event.lateMs);
      case 'overdue':
        this.#overdue.add(event.seq);
        this.overdue = this.#overdue.size;
        return;
      case 'verdict':
        return this.#onVerdict(event);
      case 'duplicate':
        this.duplicates += 1;
        return;
      case 'stray':
        this.stray += 1;
        return;
      case 'refused':
        this.refused += 1;
        return;
      case 'missed':
        this.missed += event.slots;
        return;
      case 'own':
        return this.own.add(event.rttMs);
      case 'connected':
        return this.connect.add(event.connectMs);
      case 'disconnected':
        this.disconnects += 1;
    }
  }

  /** Whether loss depends on the flow. */
  get flowLoss(): FlowLossTest {
    return testFlowLoss(this.flows);
  }

  /** The share of sent probes that did not come back, 0 to 1. */
  get lossRatio(): number {
    return this.sent === 0 ? 0 : this.lost / this.sent;
  }

  #onVerdict(event: Extract<ProbeEvent, { kind: 'verdict' }>): void {
    const { seq, flow, rttMs, atMs } = event;
    this.#overdue.delete(seq);
    this.overdue = this.#overdue.size;
    this.#inOrder(seq, event.verdict === 'lost');
    switch (event.verdict) {
      case 'lost':
        this.lost += 1;
        this.#flow(flow).lost += 1;
        return;
      case 'corrupt':
        this.corrupt += 1;
        return;
      case 'truncated':
        this.truncated += 1;
        return;
      case 'merged':
        this.merged += 1;
        return;
      case 'wrong-source':
        this.wrongSource += 1;
        return;
      case 'send-error':
        this.sendErrors += 1;
        return;
      case 'late':
        this.late += 1;
    }
    this.received += 1;
    this.#flow(flow).received += 1;
    this.reordering.add(seq, atMs);
    this.rtt.add(rttMs!);
    if (!event.readLate) this.rttReadInTime.add(rttMs!);
    else this.readLate.set(event.readLate.cause, (this.readLate.get(event.readLate.cause) ?? 0) + 1);
    this.lastMs = rttMs;
    this.variation.add(seq, rttMs!);
    this.jitter.add(rttMs!);
  }

  #inOrder(seq: number, isLost: boolean): void {
    this.#verdicts.set(seq, isLost);
    for (let next = this.#verdicts.get(this.#nextSeq); next !== undefined; next = this.#verdicts.get(this.#nextSeq)) {
      this.losses.add(next);
      this.#verdicts.delete(this.#nextSeq);
      this.#nextSeq += 1;
    }
  }

  #flow(flow: number): FlowStats {
    return (this.flows[flow] ??= { flow, sent: 0, received: 0, lost: 0 });
  }
}

/** Folds events into their statistics, which are emitted once, at the end. */
export const toStats = (): OperatorFunction<ProbeEvent, ProbeStats> => (events$) =>
  defer(() =>
    events$.pipe(
      reduce((stats, event) => {
        stats.add(event);
        return stats;
      }, new ProbeStats()),
    ),
  );
