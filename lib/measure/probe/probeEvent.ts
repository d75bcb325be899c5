import type { LateReading } from './lateReading';
import type { ProcessLoad } from './processLoad';

/** The verdict of a probe: each has exactly one. */
export type Verdict =
  | { readonly verdict: 'ok' | 'late' | 'lost' | 'corrupt' }
  /** Only the first `bytes` came back. */
  | { readonly verdict: 'truncated'; readonly bytes: number }
  /** It came back in one datagram with others, `probes` together. */
  | { readonly verdict: 'merged'; readonly probes: number }
  /** The answer came from another address. */
  | { readonly verdict: 'wrong-source'; readonly from: string }
  /** The system did not send it. */
  | { readonly verdict: 'send-error'; readonly code: string };

/** What happened to a probe, at the leaf: only there a clock is read. */
export type ProbeSignal =
  | {
      readonly kind: 'sent';
      readonly seq: number;
      readonly flow: number;
      readonly atMs: number;
      readonly lateMs: number;
      readonly load?: ProcessLoad;
    }
  | {
      readonly kind: 'failed';
      readonly seq: number;
      readonly flow: number;
      readonly atMs: number;
      readonly code: string;
    }
  /** An answer; `from` is set if it came from another address than that of the target. */
  | {
      readonly kind: 'answer';
      readonly flow: number;
      readonly data: Buffer;
      readonly atMs: number;
      readonly from?: string;
      readonly load?: ProcessLoad;
    }
  /** The timeout of a probe has passed. */
  | { readonly kind: 'timeout'; readonly seq: number }
  /** The connection of a flow is gone: what it has not returned is lost; with `seq`, only that. */
  | { readonly kind: 'disconnected'; readonly flow: number; readonly seq?: number; readonly reason: string }
  | { readonly kind: 'connected'; readonly flow: number; readonly connectMs: number; readonly local: string }
  /** The schedule was missed: so many probes were not sent. */
  | { readonly kind: 'missed'; readonly slots: number }
  /** The target refuses (ICMP port unreachable). */
  | { readonly kind: 'refused' }
  /** An own echo took so long: the error of this process. */
  | { readonly kind: 'own'; readonly rttMs: number };

/** What is known of a probe, once something is. */
export type ProbeEvent =
  | { readonly kind: 'sent'; readonly seq: number; readonly flow: number; readonly lateMs: number }
  /** No answer came within the timeout; the verdict is `lost` unless it still comes. */
  | { readonly kind: 'overdue'; readonly seq: number; readonly flow: number }
  | ({
      readonly kind: 'verdict';
      readonly seq: number;
      readonly flow: number;
      readonly atMs: number;
      /** From the send to the answer; only of `ok` and `late`. */
      readonly rttMs?: number;
      /** Set if this process read the answer late: the round trip is shorter. */
      readonly readLate?: LateReading;
    } & Verdict)
  | { readonly kind: 'duplicate'; readonly seq: number; readonly flow: number }
  /** An answer of no probe of this run. */
  | { readonly kind: 'stray'; readonly bytes: number }
  | Extract<ProbeSignal, { readonly kind: 'connected' | 'disconnected' | 'missed' | 'refused' | 'own' }>;
