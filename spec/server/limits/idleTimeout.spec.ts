import { delay, of, throwError, type Observable } from 'rxjs';
import type { EndReason } from '../../../lib/reasons';
import type { ServedConnection } from '../../../lib/peer';
import { idleTimeout } from '../../../lib/server/limits/idleTimeout';
import { Limits } from '../../../lib/server/limits/limits';
import type { SendQueueOf } from '../../../lib/tcp/queues/sendQueues';
import { marbles, type Marbles } from '../../support/marbles';
import { testConnection } from '../../support/peer';

/** A connection whose account the test writes. */
class Peer {
  activity = 0;
  isIdle = true;
  bytesPending = 0;
  /** What the kernel holds for it, where it says. */
  queued: number | undefined = 0;
  readonly calls: string[] = [];
  readonly connection: ServedConnection;

  constructor({ scheduler }: Marbles) {
    const call = (name: string) => () => void this.calls.push(`${name} at ${scheduler.now()}`);
    this.connection = Object.defineProperties(testConnection({ end: call('end'), abort: call('abort') }), {
      activity: { get: () => this.activity },
      isIdle: { get: () => this.isIdle },
      bytesPending: { get: () => this.bytesPending },
    });
  }
}

interface Run {
  readonly peer: Peer;
  readonly limits: Limits;
  readonly helpers: Marbles;
  /** When the kernel was asked. */
  readonly readings: number[];
}

interface Case {
  /** The life of a connection: `o`, opened; `c`, closed. */
  readonly life: string;
  /** Why it ended, where it is the idle timeout that ended it. */
  readonly endedAs?: EndReason;
  readonly calls: readonly string[];
  readonly idleMs?: number;
  readonly signal?: string;
  /** When the timeout is unsubscribed. */
  readonly unsubscribedMs?: number;
  /** What happens meanwhile. */
  readonly given?: (run: Run) => void;
  /** How the kernel answers. Default: at once. */
  readonly answers?: (queueOf: SendQueueOf) => Observable<SendQueueOf>;
}

/** An idle timeout of 4 s: there is a look every 500 ms, and a connection that opens between two is first seen at the next. */
const run = ({
  life,
  endedAs,
  calls,
  idleMs = 4000,
  signal = '-',
  given,
  unsubscribedMs,
  answers = of,
}: Case): number[] => {
  const readings: number[] = [];
  marbles((helpers) => {
    const { hot, scheduler, flush } = helpers;
    const peer = new Peer(helpers);
    const limits = new Limits({ idleTimeoutMs: idleMs });
    const queuesOf = (): Observable<SendQueueOf> => {
      readings.push(scheduler.now());
      return answers(() => peer.queued);
    };
    const open = new Set<ServedConnection>();
    hot(life).subscribe((event) => void (event === 'o' ? open.add(peer.connection) : open.delete(peer.connection)));
    const idle = idleTimeout(limits, open, hot(signal), scheduler, queuesOf);
    hot(life).subscribe({ complete: () => idle.unsubscribe() });
    if (unsubscribedMs !== undefined) scheduler.schedule(() => idle.unsubscribe(), unsubscribedMs);
    given?.({ peer, limits, helpers, readings });
    flush();
    expect(peer.calls).toEqual(calls);
    expect(peer.connection.endReason).toBe(endedAs);
  });
  return readings;
};

describe('idleTimeout', () => {
  it('ends a silent connection without pending bytes, and emits `idle` when it has closed', () => {
    run({ life: '2s o 5s c|', endedAs: 'idle', calls: ['end at 6000'] });
  });

  it('resets one that has not closed after as long again: a stage keeps the end', () => {
    run({ life: 'o 9s c|', endedAs: 'idle', calls: ['end at 4500', 'abort at 8500'] });
  });

  it('leaves one alone that sends or takes, counts from the last time, and asks the kernel nothing meanwhile', () => {
    const readings = run({
      life: 'o 9s c|',
      endedAs: 'idle',
      calls: ['end at 6500'],
      given: ({ peer, helpers }) => helpers.scheduler.schedule(() => (peer.activity += 1), 2500),
    });
    expect(readings).toEqual([6500]);
  });

  it('keeps a connection while a stage buffers its bytes', () => {
    const readings = run({ life: 'o 99s c|', calls: [], given: ({ peer }) => (peer.isIdle = false) });
    expect(readings).toEqual([]);
  });

  it('resets a connection that does not read, when the kernel holds as much as an idle timeout ago', () => {
    const readings = run({
      life: 'o 9s c|',
      endedAs: 'not taken',
      calls: ['abort at 8500'],
      given: ({ peer }) => Object.assign(peer, { bytesPending: 1000, queued: 5000 }),
    });
    expect(readings).toEqual([4500, 8500]);
  });

  it('cuts one that takes nothing of what the kernel has for it, too', () => {
    run({ life: 'o 9s c|', endedAs: 'not taken', calls: ['abort at 8500'], given: ({ peer }) => (peer.queued = 5000) });
  });

  it('leaves one alone of which the kernel sends, however long it takes nothing more from us', () => {
    run({
      life: 'o 20s c|',
      calls: [],
      given: ({ peer, helpers: { scheduler } }) => {
        Object.assign(peer, { bytesPending: 1000, queued: 5000 });
        for (const atMs of [5000, 9000, 13_000, 17_000]) scheduler.schedule(() => (peer.queued! -= 100), atMs);
      },
    });
  });

  it('starts again when something moved between two readings', () => {
    run({
      life: 'o 12s c|',
      calls: [],
      given: ({ peer, helpers: { scheduler } }) => {
        Object.assign(peer, { bytesPending: 1000, queued: 5000 });
        scheduler.schedule(() => (peer.activity += 1), 7500);
      },
    });
  });

  it('waits ten times as long for pending bytes when the kernel shows nothing', () => {
    run({
      life: 'o 50s c|',
      endedAs: 'not taken',
      calls: ['abort at 40500'],
      given: ({ peer }) => Object.assign(peer, { bytesPending: 1000, queued: undefined }),
    });
  });

  it('treats an error of the reading as a kernel that shows nothing', () => {
    run({
      life: 'o 9s c|',
      calls: [],
      given: ({ peer }) => Object.assign(peer, { bytesPending: 1000, queued: 5000 }),
      answers: () => throwError(() => new Error('too many open files')),
    });
  });

  it('ends a connection without pending bytes when the kernel shows nothing', () => {
    run({ life: 'o 5s c|', endedAs: 'idle', calls: ['end at 4500'], given: ({ peer }) => (peer.queued = undefined) });
  });

  it('leaves one alone of which something moved until the kernel has answered', () => {
    run({
      life: 'o 6s c|',
      calls: [],
      given: ({ peer, helpers: { scheduler } }) => scheduler.schedule(() => (peer.activity += 1), 4005),
      answers: (queueOf) => of(queueOf).pipe(delay(10)),
    });
  });

  it('asks the kernel once a second at most, for all connections together', () => {
    const readings = run({
      life: 'o 3s c|',
      idleMs: 100,
      calls: [],
      given: ({ peer, helpers: { scheduler } }) => {
        peer.bytesPending = 1000;
        for (let atMs = 10; atMs < 3000; atMs += 10) scheduler.schedule(() => (peer.queued! += 1), atMs);
      },
    });
    expect(readings).toEqual([112.5, 1112.5, 2112.5]);
  });

  it('ends no connection after the signal', () => {
    run({ life: 'o 20s c|', signal: '3500ms s', calls: [] });
  });

  it('ends those too that were there before there was an idle timeout', () => {
    run({
      life: 'o 20s c|',
      endedAs: 'idle',
      idleMs: Infinity,
      calls: ['end at 6500', 'abort at 10500', 'abort at 14500', 'abort at 18500'],
      given: ({ limits, helpers: { scheduler } }) =>
        scheduler.schedule(() => limits.replace({ idleTimeoutMs: 4000 }), 2000),
    });
  });

  it('leaves no timer behind when it is unsubscribed', () => {
    run({
      life: 'o----',
      unsubscribedMs: 3,
      calls: [],
      given: ({ helpers: { scheduler } }) => scheduler.schedule(() => expect(scheduler.now()).toBeLessThan(1000), 900),
    });
  });
});
