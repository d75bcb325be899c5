import { map, mergeMap, throwError } from 'rxjs';
import { EchoError } from '../../lib/errors';
import type { Connection } from '../../lib/peer';
import { lifecycle } from '../../lib/server/lifecycle';
import { takeUntilDrained } from '../../lib/server/stop/takeUntilDrained';
import { fakeConnection } from '../../lib/tcp/fakeConnection';
import { marbles } from '../support/marbles';

const values = { a: Buffer.from('a'), b: Buffer.from('b'), A: Buffer.from('A'), B: Buffer.from('B') };

const upperCase = (connection: Connection) =>
  connection.bytes$.pipe(
    map((bytes) => Buffer.from(bytes.toString().toUpperCase())),
    connection.writes(),
  );

describe('fakeConnection', () => {
  it('emits what a handler writes, and completes with its FIN', () =>
    marbles(({ scheduler, hot, expectObservable }) => {
      const connection = fakeConnection(scheduler, hot('a-b--|', values));
      expectObservable(upperCase(connection)).toBe('    -----|');
      expectObservable(connection.written$).toBe('      A-B--|', values);
    }));

  it('errors when the handler fails and resets the connection', () =>
    marbles(({ scheduler, hot, expectObservable }) => {
      const error = new EchoError('ERR_ECHO_RESET', 'on purpose');
      const connection = fakeConnection(scheduler, hot('a-b--|', values));
      const failing$ = connection.bytes$.pipe(
        mergeMap((bytes) => (String(bytes) === 'b' ? throwError(() => error) : [bytes])),
        connection.writes(),
      );
      expectObservable(failing$).toBe('           --#', values, error);
      expectObservable(connection.written$).toBe('a-#', values, error);
    }));

  it('works with takeUntilDrained and lifecycle', () =>
    marbles(({ scheduler, hot, cold, expectObservable }) => {
      const connection = fakeConnection(scheduler, hot('a-b---', values));
      const echoed$ = connection.bytes$.pipe(
        takeUntilDrained(cold('----s'), connection.receiveQueue),
        connection.writes(),
        lifecycle(connection),
        map((event) => event.kind),
      );
      expectObservable(echoed$).toBe('           o 43ms (c|)', { o: 'opened', c: 'closed' });
      expectObservable(connection.written$).toBe('a-b 41ms |', values);
    }));

  it('can be ended and aborted', () =>
    marbles(({ scheduler, hot, expectObservable }) => {
      const ended = fakeConnection(scheduler, hot('  a-b', values));
      const aborted = fakeConnection(scheduler, hot('a-b', values));
      const error = new EchoError('ERR_ECHO_ABORTED', 'enough');
      scheduler.schedule(() => ended.end(), 1);
      scheduler.schedule(() => aborted.abort(error), 1);
      expectObservable(upperCase(ended)).toBe('      -|');
      expectObservable(ended.written$).toBe('        A|', values);
      expectObservable(upperCase(aborted)).toBe('    -#', values, error);
      expectObservable(aborted.written$).toBe('      A#', values, error);
    }));
});
