import type { Observable } from 'rxjs';
import type { EchoEvent } from '../../lib/events';
import type { Connection } from '../../lib/peer';
import { endIdle } from '../../lib/server/endIdle';
import { Limits } from '../../lib/server/limits';
import { marbles, type Marbles } from '../support/marbles';
import { testConnection } from '../support/peer';

/** A connection whose account the test writes. */
class Peer {
  moved = 0;
  waitsForPeer = true;
  readonly calls: string[] = [];
  readonly connection: Connection;

  constructor({ scheduler }: Marbles) {
    const call = (name: string) => () => void this.calls.push(`${name} at ${scheduler.now()}`);
    this.connection = Object.defineProperties(testConnection({ end: call('end'), abort: call('abort') }), {
      moved: { get: () => this.moved },
      waitsForPeer: { get: () => this.waitsForPeer },
    });
  }
}

const eventsOf = ({ connection: peer }: Peer): Record<string, EchoEvent> => ({
  o: { kind: 'opened', peer },
  c: { kind: 'closed', peer, why: 'completed' },
  i: { kind: 'closed', peer, why: 'idle' },
});

describe('endIdle', () => {
  const run = (
    idleTimeoutMs: number,
    diagram: string,
    body: (peer: Peer, idle$: Observable<EchoEvent>, helpers: Marbles, limits: Limits) => void,
    signal = '-',
  ): void =>
    marbles((helpers) => {
      const peer = new Peer(helpers);
      const limits = new Limits({ idleTimeoutMs });
      const events$ = helpers.hot(diagram, eventsOf(peer));
      body(peer, events$.pipe(endIdle(limits, helpers.hot(signal), helpers.scheduler)), helpers, limits);
    });

  it('ends a connection of which no byte moved, and says so when it has closed', () => {
    run(8, '    --o---------c|', (peer, idle$, { expectObservable, flush }) => {
      const said = '--o---------i|';
      expectObservable(idle$).toBe(said, eventsOf(peer));
      flush();
      expect(peer.calls).toEqual(['end at 10']);
    });
  });

  it('resets one that has not closed after as long again', () => {
    run(8, 'o-------------------------c|', (peer, idle$, { expectObservable, flush }) => {
      expectObservable(idle$).toBe('o-------------------------i|', eventsOf(peer));
      flush();
      expect(peer.calls).toEqual(['end at 8', 'abort at 16', 'abort at 24']);
    });
  });

  it('leaves one alone that sends or takes, and counts from the last time', () => {
    run(8, 'o-----------------c|', (peer, idle$, { scheduler, flush, expectObservable }) => {
      scheduler.schedule(() => (peer.moved += 1), 7);
      expectObservable(idle$).toBe('o-----------------i|', eventsOf(peer));
      flush();
      expect(peer.calls).toEqual(['end at 16']);
    });
  });

  it('leaves one alone for which something is held', () => {
    run(8, 'o-----------------c|', (peer, idle$, { flush, expectObservable }) => {
      peer.waitsForPeer = false;
      expectObservable(idle$).toBe('o-----------------c|', eventsOf(peer));
      flush();
      expect(peer.calls).toEqual([]);
    });
  });

  it('ends nobody after the signal', () => {
    run(
      8,
      '  o-----------------c|',
      (peer, idle$, { flush, expectObservable }) => {
        expectObservable(idle$).toBe('o-----------------c|', eventsOf(peer));
        flush();
        expect(peer.calls).toEqual([]);
      },
      '-------s',
    );
  });

  it('ends those too that were there before there was an idle timeout', () => {
    run(Infinity, 'o-----------------------c|', (peer, idle$, { scheduler, flush, expectObservable }, limits) => {
      scheduler.schedule(() => limits.replace({ idleTimeoutMs: 8 }), 4);
      expectObservable(idle$).toBe('o-----------------------i|', eventsOf(peer));
      flush();
      expect(peer.calls).toEqual(['end at 14', 'abort at 22']);
    });
  });

  it('leaves no timer behind when it is unsubscribed', () => {
    run(8, 'o----', (peer, idle$, { flush, expectObservable, scheduler }) => {
      expectObservable(idle$, '---!').toBe('o--', eventsOf(peer));
      flush();
      expect(scheduler.now()).toBeLessThan(8);
      expect(peer.calls).toEqual([]);
    });
  });
});
