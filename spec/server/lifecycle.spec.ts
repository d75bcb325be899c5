import { EchoError, type EchoErrorCode } from '../../lib/errors';
import { lifecycle } from '../../lib/server/lifecycle';
import { marbles } from '../support/marbles';
import { testConnection } from '../support/peer';

describe('lifecycle', () => {
  const peer = testConnection();
  const opened = { kind: 'opened', peer };

  it('makes one opened and one closed of whatever is sent', () => {
    marbles(({ cold, expectObservable }) => {
      const closed = { kind: 'closed', peer, reason: 'ended' };
      expectObservable(cold('--1--2-|').pipe(lifecycle(peer) as never)).toBe('o------(c|)', { o: opened, c: closed });
      expectObservable(cold('|').pipe(lifecycle(peer) as never)).toBe('(oc|)', { o: opened, c: closed });
      expectObservable(cold('-').pipe(lifecycle(peer) as never)).toBe('o', { o: opened });
    });
  });

  it('is `completed` when the peer has not ended its side', () => {
    marbles(({ cold, expectObservable }) => {
      const open = testConnection({ peerClosed: false });
      expectObservable(cold('--|').pipe(lifecycle(open) as never)).toBe('o-(c|)', {
        o: { kind: 'opened', peer: open },
        c: { kind: 'closed', peer: open, reason: 'completed' },
      });
    });
  });

  it.each<[EchoErrorCode, string]>([
    ['ERR_ECHO_RESET', 'reset by fault'],
    ['ERR_ECHO_CONNECTION', 'reset by peer'],
    ['ERR_ECHO_STAGE', 'failed'],
    ['ERR_ECHO_ABORTED', 'failed'],
  ])('turns %s into the end "%s"', (code, reason) => {
    marbles(({ cold, expectObservable }) => {
      const error = new EchoError(code, 'x');
      expectObservable(cold('-1-#', { 1: 1 }, error).pipe(lifecycle(peer))).toBe('o--(c|)', {
        o: opened,
        c: { kind: 'closed', peer, reason, error },
      });
    });
  });

  it('turns whatever else is thrown into a failure that keeps it as the cause', () => {
    const seen: unknown[] = [];
    marbles(({ cold, flush }) => {
      cold<number>('#', undefined, new TypeError('boom'))
        .pipe(lifecycle(peer))
        .subscribe((event) => seen.push(event));
      flush();
    });
    expect(seen).toMatchObject([
      { kind: 'opened' },
      { kind: 'closed', reason: 'failed', error: { code: 'ERR_ECHO_STAGE', cause: { message: 'boom' } } },
    ]);
  });
});
