import { Observable, type OperatorFunction } from 'rxjs';
import type { Payload } from './payload';
import { LateReadings, type LateReading } from './lateReading';
import type { ProcessLoad } from './processLoad';
import type { ProbeEvent, ProbeSignal, Verdict } from './probeEvent';

/** Answered probes that are remembered, so that a second answer is a duplicate. */
const REMEMBERED = 65_536;

interface Outstanding {
  readonly seq: number;
  readonly flow: number;
  readonly atMs: number;
  readonly load: ProcessLoad | undefined;
  isOverdue: boolean;
}

export interface ClassifyOptions {
  readonly payload: Payload;
  readonly timeoutMs: number;
  /** Whether answers are the pieces of a stream (TCP), in order. Default: `false`, each is a datagram. */
  readonly isStream?: boolean;
}

/**
 * Gives each probe its verdict.
 *
 * ```text
 * signals     s0--s1--a0--s2--t1--a2--|        s: sent, a: answer, t: timeout
 * classify    s0--s1--v0--s2--o1--v2--(v1|)    v: verdict, o: overdue
 * ```
 *
 * A probe that is overdue at its first `timeout` is `late` if its answer still comes, and `lost` at the second one, or when
 * the source completes.
 * Answers are judged by their header and length. An answer without a whole header is `truncated` only if a single probe is
 * outstanding, and `corrupt` otherwise.
 */
export const classify =
  (options: ClassifyOptions): OperatorFunction<ProbeSignal, ProbeEvent> =>
  (signals$) =>
    new Observable((out) => {
      const classifier = new Classifier(options, (event) => out.next(event));
      return signals$.subscribe({
        next: (signal) => classifier.on(signal),
        error: (error: unknown) => {
          classifier.end();
          out.error(error);
        },
        complete: () => {
          classifier.end();
          out.complete();
        },
      });
    });

class Classifier {
  /** In the order in which they were sent. */
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #answered = new Set<number>();
  readonly #lateReadings = new LateReadings();
  /** The last number that was sent, in 32 bits. */
  #highest = -1;
  /** The beginning of an answer, by flow: a stream can be cut anywhere. */
  readonly #partial = new Map<number, Buffer>();

  constructor(
    private readonly options: ClassifyOptions,
    private readonly emit: (event: ProbeEvent) => void,
  ) {}

  on(signal: ProbeSignal): void {
    switch (signal.kind) {
      case 'sent': {
        const { seq, flow, atMs, lateMs, load } = signal;
        this.#highest = seq >>> 0;
        this.#outstanding.set(seq, { seq, flow, atMs, load, isOverdue: false });
        return this.emit({ kind: 'sent', seq, flow, lateMs });
      }
      case 'failed': {
        const { seq, flow, atMs, code } = signal;
        this.#outstanding.delete(seq);
        return this.emit({ kind: 'verdict', seq, flow, atMs, verdict: 'send-error', code });
      }
      case 'timeout': {
        const probe = this.#outstanding.get(signal.seq);
        if (!probe) return;
        // The second timeout is the end of the wait.
        if (probe.isOverdue) return this.#lose(probe);
        probe.isOverdue = true;
        return this.emit({ kind: 'overdue', seq: probe.seq, flow: probe.flow });
      }
      case 'answer':
        return this.options.isStream ? this.#onStream(signal) : this.#onDatagram(signal);
      case 'disconnected':
        for (const probe of [...this.#outstanding.values()]) {
          if (signal.seq === undefined ? probe.flow === signal.flow : probe.seq === signal.seq) this.#lose(probe);
        }
        this.#partial.delete(signal.flow);
        return this.emit(signal);
      default:
        return this.emit(signal);
    }
  }

  /** Nothing more comes: what is outstanding is lost. */
  end(): void {
    for (const probe of [...this.#outstanding.values()]) this.#lose(probe);
  }

  #onDatagram(signal: Extract<ProbeSignal, { kind: 'answer' }>): void {
    const { payload } = this.options;
    const { data, from } = signal;
    const named = payload.seqIn(data);
    const probe = named === undefined ? this.#only() : this.#outstanding.get(named);
    if (!probe) {
      if (named !== undefined && this.#answered.has(named)) {
        return this.emit({ kind: 'duplicate', seq: named, flow: signal.flow });
      }
      // A damaged header of one of several: the oldest is as good as any.
      const isDamaged = named === undefined ? payload.hasHeader && this.#looksLikeOurs(data) : named > this.#highest;
      const oldest = isDamaged ? this.#first() : undefined;
      if (oldest) return this.#settle(oldest, signal, { verdict: 'corrupt' });
      return this.emit({ kind: 'stray', bytes: data.length });
    }
    if (from !== undefined) return this.#settle(probe, signal, { verdict: 'wrong-source', from });
    if (data.length === payload.bytes) {
      const isWhole = (named !== undefined || !payload.hasHeader) && payload.matches(probe.seq, data);
      return this.#settle(probe, signal, { verdict: isWhole ? 'ok' : 'corrupt' });
    }
    if (data.length < payload.bytes) {
      const isStart = payload.matches(probe.seq, data);
      return this.#settle(
        probe,
        signal,
        isStart ? { verdict: 'truncated', bytes: data.length } : { verdict: 'corrupt' },
      );
    }
    this.#onMerged(probe, signal);
  }

  /** Several payloads behind one another: each of them is `merged`. */
  #onMerged(first: Outstanding, signal: Extract<ProbeSignal, { kind: 'answer' }>): void {
    const { payload } = this.options;
    const { data } = signal;
    const probes = payload.bytes === 0 ? 0 : data.length / payload.bytes;
    const merged: Outstanding[] = [];
    for (let start = 0; Number.isInteger(probes) && start < data.length; start += payload.bytes) {
      const seq = payload.seqIn(data, start);
      const probe = seq === undefined ? undefined : this.#outstanding.get(seq);
      if (probe && payload.matches(probe.seq, data, start, start + payload.bytes)) merged.push(probe);
    }
    if (merged.length === 0 || merged.length !== probes) return this.#settle(first, signal, { verdict: 'corrupt' });
    for (const probe of merged) this.#settle(probe, signal, { verdict: 'merged', probes });
  }

  #onStream(signal: Extract<ProbeSignal, { kind: 'answer' }>): void {
    const { payload } = this.options;
    const before = this.#partial.get(signal.flow);
    const data = before ? Buffer.concat([before, signal.data]) : signal.data;
    let start = 0;
    while (payload.bytes > 0 && data.length - start >= payload.bytes) {
      const probe = this.#first(signal.flow);
      const end = start + payload.bytes;
      if (!probe) {
        this.emit({ kind: 'stray', bytes: data.length - start });
        start = data.length;
        break;
      }
      const isNamed = !payload.hasHeader || payload.seqIn(data, start) === probe.seq >>> 0;
      const isWhole = isNamed && payload.matches(probe.seq, data, start, end);
      this.#settle(probe, signal, { verdict: isWhole ? 'ok' : 'corrupt' });
      start = end;
    }
    if (start === data.length) this.#partial.delete(signal.flow);
    else this.#partial.set(signal.flow, Buffer.from(data.subarray(start)));
  }

  #settle(
    { seq, flow, atMs, load, isOverdue }: Outstanding,
    signal: { readonly atMs: number; readonly load?: ProcessLoad },
    verdict: Verdict,
  ): void {
    this.#outstanding.delete(seq);
    this.#answered.add(seq);
    if (this.#answered.size > REMEMBERED) this.#answered.delete(this.#answered.values().next().value!);
    const isOk = verdict.verdict === 'ok';
    const readLate = isOk ? this.#readLate(signal.atMs - atMs, load, signal.load) : undefined;
    this.emit({
      kind: 'verdict',
      seq,
      flow,
      atMs: signal.atMs,
      ...(isOk && { rttMs: signal.atMs - atMs }),
      ...(readLate && { readLate }),
      ...(isOk && isOverdue ? { verdict: 'late' as const } : verdict),
    });
  }

  #readLate(rttMs: number, sent: ProcessLoad | undefined, answered: ProcessLoad | undefined): LateReading | undefined {
    return sent && answered && this.#lateReadings.judge(rttMs, sent, answered);
  }

  #lose({ seq, flow, atMs }: Outstanding): void {
    this.#outstanding.delete(seq);
    this.emit({ kind: 'verdict', seq, flow, atMs, verdict: 'lost' });
  }

  #first(flow?: number): Outstanding | undefined {
    for (const probe of this.#outstanding.values()) if (flow === undefined || probe.flow === flow) return probe;
    return undefined;
  }

  #only(): Outstanding | undefined {
    const isSingle = this.#outstanding.size === 1 || !this.options.payload.hasHeader;
    return isSingle ? this.#first() : undefined;
  }

  /** Whether a datagram without our header is likely a damaged answer, and not one of an earlier run. */
  #looksLikeOurs(data: Buffer): boolean {
    const { payload } = this.options;
    if (data.length < 8) return data.length > 0;
    const probe = this.#first();
    return probe !== undefined && data.length === payload.bytes && data.readUInt32BE(4) === probe.seq >>> 0;
  }
}
