import { map, mergeMap, of, throwError } from 'rxjs';
import type { ListenAddress } from '../../lib/cluster/reserveAddress';
import { StartupSequence } from '../../lib/cluster/startupSequence';
import { EchoError } from '../../lib/errors';
import { marbles } from '../support/marbles';

const place: ListenAddress = { hosts: ['127.0.0.1'], port: 7007, listening: [] };

describe('StartupSequence', () => {
  it('lets the first worker bind when all are ready, the others when it has, and begins when all serve', () => {
    marbles(({ hot, expectObservable }) => {
      const ready = '   -1--2----------';
      const serving = ' ------1--2-----';
      const start = new StartupSequence(2, of(place), 42);
      hot(ready).subscribe((worker) => start.ready(Number(worker)));
      hot(serving).subscribe((worker) => start.serving(Number(worker)));
      const turn = (worker: number) => start.serve(worker, true).pipe(map(({ udp }) => (udp ? 'u' : 't')));
      expectObservable(turn(1)).toBe(' ----(u|)-------');
      expectObservable(turn(2)).toBe(' ------(t|)-----');
      expectObservable(start.started$.pipe(map(() => 'b'))).toBe('---------(b|)');
    });
  });

  it('sends a worker that comes later to the same place, at once', () => {
    marbles(({ hot, expectObservable }) => {
      const start = new StartupSequence(1, of(place), 42);
      start.ready(1);
      start.serving(1);
      const late = hot('---x').pipe(mergeMap(() => start.serve(1, false).pipe(map(({ port }) => port))));
      expectObservable(late).toBe('---a', { a: 7007 });
    });
  });

  it('gives each worker a seed of its own, the same for the same seed of the server', () => {
    const seedOf = (seed: number, worker: number): number => {
      let found = 0;
      const start = new StartupSequence(1, of(place), seed);
      start.ready(1);
      start.serving(1);
      start.serve(worker, false).subscribe((order) => (found = order.seed));
      return found;
    };
    expect(seedOf(42, 1)).toBe(seedOf(42, 1));
    expect(new Set([seedOf(42, 1), seedOf(42, 2), seedOf(43, 1), seedOf(43, 2)]).size).toBe(4);
    expect(Number.isSafeInteger(seedOf(42, 1))).toBe(true);
  });

  it('reports an address that cannot be bound once, and to no worker', () => {
    marbles(({ expectObservable }) => {
      const error = new EchoError('ERR_ECHO_LISTEN', 'taken');
      const start = new StartupSequence(
        1,
        throwError(() => error),
        42,
      );
      start.ready(1);
      expectObservable(start.address$).toBe('#', undefined, error);
      expectObservable(start.serve(1, false)).toBe('|');
    });
  });
});
