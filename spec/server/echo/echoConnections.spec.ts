import { ignoreElements, map, NEVER, ReplaySubject, tap, throwError, type Observable } from 'rxjs';
import { echoConnections } from '../../../lib/server/echo/echoConnections';
import type { Connection } from '../../../lib/peer';
import { marbles } from '../../support/marbles';
import { testConnection } from '../../support/peer';
import { chunks } from '../../support/chunks';

const bytes = chunks();
const names = (source: Observable<{ kind: string }>) => source.pipe(map(({ kind }) => kind[0]));

/** Writes what it is given to `into`, and completes with its source. */
const writesTo =
  (into: string[]): Connection['writes'] =>
  () =>
  (source$) =>
    source$.pipe(
      tap((chunk) => into.push(String(chunk))),
      ignoreElements(),
    );

describe('echoConnections', () => {
  it('sends each connection its own bytes', () => {
    const back = { A: [] as string[], B: [] as string[] };
    marbles(({ hot, cold, expectObservable }) => {
      const A = testConnection({ bytes$: cold('-a-b-|', bytes), writes: writesTo(back.A) });
      const B = testConnection({ bytes$: cold('-c--|', bytes), writes: writesTo(back.B) });
      const connections = hot<Connection>('--A---B--', { A, B });
      expectObservable(names(connections.pipe(echoConnections({ signal$: NEVER, deadline$: NEVER })))).toBe(
        '--o---oc--c',
      );
    });
    expect(back).toEqual({ A: ['a', 'b'], B: ['c'] });
  });

  it('accepts and reads after the signal what was there before it, then completes', () => {
    const back: string[] = [];
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const queue = { capacity: 100, sizeOf: () => 1, quietTicks: () => cold('--t-t-t-t-t-t') };
      const peer = { receiveQueue: queue, writes: writesTo(back) };
      const A = testConnection({ ...peer, bytes$: cold('-a-b----------', bytes) });
      const B = testConnection({ ...peer, bytes$: cold('c-------------', bytes) });
      const connections = hot<Connection>('A-----B--------', { A, B });
      const signal$ = new ReplaySubject<unknown>(1);
      hot('-----s').subscribe(signal$);
      const events = names(connections.pipe(echoConnections({ signal$, deadline$: NEVER, queue })));
      expectObservable(events).toBe('o-----o--c(c|)');
      expectSubscriptions(connections.subscriptions).toBe('^--------!');
    });
    expect(back).toEqual(['a', 'b', 'c']);
  });

  it('cuts what is left at the deadline', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const bytes$ = cold<Buffer>('---------');
      const A = testConnection({ bytes$, writes: writesTo([]) });
      const connections = hot<Connection>('-A-------', { A });
      const deadline$ = hot('-----d');
      const events = names(connections.pipe(echoConnections({ signal$: NEVER, deadline$ })));
      expectObservable(events).toBe('-o---|');
      expectSubscriptions(bytes$.subscriptions).toBe('-^---!');
      expectSubscriptions(connections.subscriptions).toBe('^----!');
    });
  });

  it('continues when a connection fails, or its stages cannot be made', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const A = testConnection({ id: 1, writes: () => () => throwError(() => 'broken') });
      const B = testConnection({ id: 2, writes: writesTo([]) });
      const C = testConnection({ id: 3, bytes$: cold('-a-|', bytes), writes: writesTo([]) });
      const through = ({ id }: { id: number }) => {
        if (id === 2) throw new Error('no stage');
        return map((chunk: Buffer) => chunk);
      };
      const connections = hot<Connection>('A----B----C----', { A, B, C });
      const events = names(connections.pipe(echoConnections({ signal$: NEVER, deadline$: NEVER, through })));
      expectObservable(events).toBe('(oc)-(oc)-o--c');
    });
  });
});
