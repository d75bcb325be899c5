import { delay, of, throwError, type Observable } from 'rxjs';
import type { EchoEvent } from '../../lib/events';
import type { Connection } from '../../lib/peer';
import { endIdle } from '../../lib/server/endIdle';
import { Limits } from '../../lib/server/limits';
import type { SendQueueOf } from '../../lib/tcp/sendQueues';
import { marbles, type Marbles } from '../support/marbles';
import { testConnection } from '../support/peer';

/** A connection whose account the test writes. */
class Peer {
  moved = 0;
  waitsForPeer = true;
  bytesOwed = 0;
  /** What the kernel holds for it, where it says. */
  queued: number | undefined = 0;
  readonly calls: string[] = [];
  readonly connection: Connection;

  constructor({ scheduler }: Marbles) {
    const call = (name: string) => () => void this.calls.push(`${name} at ${scheduler.now()}`);
    this.connection = Object.defineProperties(testConnection({ end: call('end'), abort: call('abort') }), {
      moved: { get: () => this.moved },
      waitsForPeer: { get: () => this.waitsForPeer },
      bytesOwed: { get: () => this.bytesOwed },
    });
  }
}

const eventsOf = ({ connection: peer }: Peer): Record<string, EchoEvent> => ({
  o: { kind: 'opened', peer },
  c: { kind: 'closed', peer, why: 'completed' },
  i: { kind: 'closed', peer, why: 'idle' },
  n: { kind: 'closed', peer, why: 'not taken' },
});

interface Run {
  readonly peer: Peer;
  readonly limits: Limits;
  readonly helpers: Marbles;
  /** When the kernel was asked. */
  readonly readings: number[];
}

interface Case {
  /** The life of a connection, and what is said of it. */
  readonly events: string;
  readonly said?: string;
  readonly calls: readonly string[];
  readonly idleMs?: number;
  readonly signal?: string;
  readonly unsubscribed?: string;
  /** What happens meanwhile. */
  readonly given?: (run: Run) => void;
  /** How the kernel answers. Default: at once. */
  readonly answers?: (queueOf: SendQueueOf) => Observable<SendQueueOf>;
}

/** An idle timeout of 4 s, which is looked at every second. */
const run = ({
  events,
  said = events,
  calls,
  idleMs = 4000,
  signal = '-',
  given,
  unsubscribed,
  answers = of,
}: Case): number[] => {
  const readings: number[] = [];
  marbles((helpers) => {
    const { hot, scheduler, expectObservable, flush } = helpers;
    const peer = new Peer(helpers);
    const limits = new Limits({ idleTimeoutMs: idleMs });
    const queuesOf = (): Observable<SendQueueOf> => {
      readings.push(scheduler.now());
      return answers(() => peer.queued);
    };
    const idle$ = hot(events, eventsOf(peer)).pipe(endIdle(limits, hot(signal), scheduler, queuesOf));
    given?.({ peer, limits, helpers, readings });
    expectObservable(idle$, unsubscribed).toBe(said, eventsOf(peer));
    flush();
    expect(peer.calls).toEqual(calls);
  });
  return readings;
};

describe('endIdle', () => {
  it('ends a connection of which no byte moved and that is owed nothing, and says so when it has closed', () => {
    run({ events: '2s o 5s c|', said: '2s o 5s i|', calls: ['end at 6000'] });
  });

  it('resets one that has not closed after as long again: a stage keeps the end', () => {
    run({ events: 'o 9s c|', said: 'o 9s i|', calls: ['end at 4000', 'abort at 8000'] });
  });

  it('leaves one alone that sends or takes, counts from the last time, and asks the kernel nothing meanwhile', () => {
    const readings = run({
      events: 'o 9s c|',
      said: 'o 9s i|',
      calls: ['end at 7000'],
      given: ({ peer, helpers }) => helpers.scheduler.schedule(() => (peer.moved += 1), 2500),
    });
    expect(readings).toEqual([7000]);
  });

  it('leaves one alone for which a stage holds something', () => {
    const readings = run({ events: 'o 99s c|', calls: [], given: ({ peer }) => (peer.waitsForPeer = false) });
    expect(readings).toEqual([]);
  });

  it('cuts one that takes nothing of what it is owed, when the kernel holds what it held an idle timeout ago', () => {
    const readings = run({
      events: 'o 9s c|',
      said: 'o 9s n|',
      calls: ['abort at 8000'],
      given: ({ peer }) => Object.assign(peer, { bytesOwed: 1000, queued: 5000 }),
    });
    expect(readings).toEqual([4000, 8000]);
  });

  it('cuts one that takes nothing of what the kernel has for it, too', () => {
    run({ events: 'o 9s c|', said: 'o 9s n|', calls: ['abort at 8000'], given: ({ peer }) => (peer.queued = 5000) });
  });

  it('leaves one alone of which the kernel sends, however long it takes nothing more from us', () => {
    run({
      events: 'o 20s c|',
      calls: [],
      given: ({ peer, helpers: { scheduler } }) => {
        Object.assign(peer, { bytesOwed: 1000, queued: 5000 });
        for (const atMs of [4500, 9000, 13_500, 18_000]) scheduler.schedule(() => (peer.queued! -= 100), atMs);
      },
    });
  });

  it('begins anew when something moved between two readings', () => {
    run({
      events: 'o 12s c|',
      calls: [],
      given: ({ peer, helpers: { scheduler } }) => {
        Object.assign(peer, { bytesOwed: 1000, queued: 5000 });
        scheduler.schedule(() => (peer.moved += 1), 7500);
      },
    });
  });

  it('waits ten times as long with one that is owed bytes where the kernel says nothing', () => {
    run({
      events: 'o 50s c|',
      said: 'o 50s n|',
      calls: ['abort at 40000'],
      given: ({ peer }) => Object.assign(peer, { bytesOwed: 1000, queued: undefined }),
    });
  });

  it('takes an error of the reading for a kernel that says nothing', () => {
    run({
      events: 'o 9s c|',
      calls: [],
      given: ({ peer }) => Object.assign(peer, { bytesOwed: 1000, queued: 5000 }),
      answers: () => throwError(() => new Error('too many open files')),
    });
  });

  it('ends one that is owed nothing where the kernel says nothing', () => {
    run({ events: 'o 5s c|', said: 'o 5s i|', calls: ['end at 4000'], given: ({ peer }) => (peer.queued = undefined) });
  });

  it('leaves one alone of which something moved until the kernel has answered', () => {
    run({
      events: 'o 6s c|',
      calls: [],
      given: ({ peer, helpers: { scheduler } }) => scheduler.schedule(() => (peer.moved += 1), 4005),
      answers: (queueOf) => of(queueOf).pipe(delay(10)),
    });
  });

  it('asks the kernel once a second at most, for all connections together', () => {
    const readings = run({
      events: 'o 3s c|',
      idleMs: 100,
      calls: [],
      given: ({ peer, helpers: { scheduler } }) => {
        peer.bytesOwed = 1000;
        for (let atMs = 10; atMs < 3000; atMs += 10) scheduler.schedule(() => (peer.queued! += 1), atMs);
      },
    });
    expect(readings).toEqual([100, 1100, 2100]);
  });

  it('ends no connection after the signal', () => {
    run({ events: 'o 20s c|', signal: '3500ms s', calls: [] });
  });

  it('ends those too that were there before there was an idle timeout', () => {
    run({
      events: 'o 20s c|',
      said: 'o 20s i|',
      idleMs: Infinity,
      calls: ['end at 7000', 'abort at 11000', 'abort at 15000', 'abort at 19000'],
      given: ({ limits, helpers: { scheduler } }) =>
        scheduler.schedule(() => limits.replace({ idleTimeoutMs: 4000 }), 2000),
    });
  });

  it('leaves no timer behind when it is unsubscribed', () => {
    run({
      events: 'o----',
      said: 'o--',
      unsubscribed: '---!',
      calls: [],
      given: ({ helpers: { scheduler } }) => scheduler.schedule(() => expect(scheduler.now()).toBeLessThan(1000), 900),
    });
  });
});
