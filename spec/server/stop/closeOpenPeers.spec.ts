import { EMPTY, merge, Observable, Subject, takeUntil } from 'rxjs';
import type { EchoEvent } from '../../../lib/events';
import { closeOpenPeers } from '../../../lib/server/stop/closeOpenPeers';
import { marbles } from '../../support/marbles';
import { testConnection } from '../../support/peer';

describe('closeOpenPeers', () => {
  const a = testConnection({ id: 1 });
  const b = testConnection({ id: 2 });
  const flushed = testConnection({ id: 3, flushed: true });
  const events: Record<string, EchoEvent> = {
    a: { kind: 'opened', peer: a },
    b: { kind: 'opened', peer: b },
    f: { kind: 'opened', peer: flushed },
    A: { kind: 'closed', peer: a, reason: 'ended' },
    B: { kind: 'closed', peer: b, reason: 'aborted' },
    F: { kind: 'closed', peer: flushed, reason: 'completed' },
  };

  it('closes what was opened and not closed when the source has ended', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('--a--b--A--|', events).pipe(closeOpenPeers())).toBe('--a--b--A--(B|)', events);
    });
  });

  it('does not report a connection without pending bytes as aborted', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-f-|', events).pipe(closeOpenPeers())).toBe('-f-(F|)', events);
    });
  });

  it('reads the accounts only after the source was torn down', () => {
    let tornDown = false;
    const peer = Object.defineProperty({ ...a }, 'flushed', { get: () => tornDown });
    const deadline$ = new Subject<void>();
    const source = new Observable<EchoEvent>((subscriber) => {
      subscriber.next({ kind: 'opened', peer });
      return () => (tornDown = true);
    });
    const reasons: string[] = [];
    const reason = (event: EchoEvent) => event.kind === 'closed' && reasons.push(event.reason);
    merge(source.pipe(takeUntil(deadline$)), EMPTY)
      .pipe(closeOpenPeers())
      .subscribe(reason);
    deadline$.next();
    expect(reasons).toEqual(['completed']);
  });

  it('follows never, empty and error', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold<EchoEvent>('-').pipe(closeOpenPeers())).toBe('-');
      expectObservable(cold<EchoEvent>('|').pipe(closeOpenPeers())).toBe('|');
      expectObservable(cold('a-#', events).pipe(closeOpenPeers())).toBe('a-#', events);
    });
  });
});
