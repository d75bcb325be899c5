import { delay, map, NEVER, of, EMPTY, type Observable } from 'rxjs';
import type { EchoEvent } from '../../../lib/events';
import { echoDatagrams } from '../../../lib/server/echo/echoDatagrams';
import { marbles } from '../../support/marbles';
import { fakeDatagram, peers } from '../../support/udp';

/** Who was answered. */
const answered = (event: EchoEvent): string => (event.kind === 'answered' ? event.remote.host : event.kind);

const on = (turns$: Observable<unknown>) => ({ capacity: 100, sizeOf: () => 1, quietTicks: () => turns$ });

describe('echoDatagrams', () => {
  it('answers each datagram, and after the signal those that the kernel had', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const datagrams = hot('--a--b--c------', peers);
      const signal$ = hot('  ------s--------');
      const turns$ = cold('        -t-t-t-t-t');
      const subscribed = '   ^----------!   ';
      const controls = { signal$, queue: on(turns$), deadline$: NEVER };
      expectObservable(datagrams.pipe(echoDatagrams(controls), map(answered))).toBe('--a--b--c--|');
      expectSubscriptions(datagrams.subscriptions).toBe(subscribed);
    });
  });

  it('emits the destination and the length of a reply', () => {
    marbles(({ hot, expectObservable }) => {
      const datagrams = hot('-a|', { a: fakeDatagram('192.0.2.1', 'four') });
      const event: EchoEvent = { kind: 'answered', remote: { host: '192.0.2.1', port: 49152 }, bytes: 4 };
      expectObservable(datagrams.pipe(echoDatagrams({ signal$: NEVER, deadline$: NEVER }))).toBe('-e|', { e: event });
    });
  });

  it('waits for the answers that are under way before it completes', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const slow = (bytes: number): Observable<number> => of(bytes).pipe(delay(8));
      const datagrams = hot('-a--', { a: fakeDatagram('a', 'a', slow) });
      const controls = { signal$: hot('--s'), queue: on(cold('-t-t')), deadline$: NEVER };
      expectObservable(datagrams.pipe(echoDatagrams(controls), map(answered))).toBe('---------(a|)');
    });
  });

  it('completes at the deadline, whatever is under way', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const never = cold<number>('---');
      const datagrams = hot('-a-b--', { a: peers.a, b: fakeDatagram('b', 'b', () => never) });
      const controls = { signal$: hot('----s'), queue: on(cold('-t-t')), deadline$: hot('---------d') };
      expectObservable(datagrams.pipe(echoDatagrams(controls), map(answered))).toBe('-a-------|');
      expectSubscriptions(never.subscriptions).toBe('---^-----!');
    });
  });

  it('completes when as many datagrams were answered after the signal as the kernel can hold', () => {
    marbles(({ hot, expectObservable }) => {
      const datagrams = hot('aaaaaaaaaaa', peers);
      const controls = { signal$: hot('--s'), queue: { ...on(NEVER), capacity: 3 }, deadline$: NEVER };
      expectObservable(datagrams.pipe(echoDatagrams(controls), map(answered))).toBe('aaaaa(a|)');
    });
  });

  it('emits nothing for a dropped reply', () => {
    marbles(({ hot, expectObservable }) => {
      const datagrams = hot('-a-b|', { a: fakeDatagram('a', 'a', () => EMPTY), b: peers.b });
      const controls = { signal$: NEVER, deadline$: NEVER };
      expectObservable(datagrams.pipe(echoDatagrams(controls), map(answered))).toBe('---b|');
    });
  });

  it('ends as its source does', () => {
    marbles(({ cold, expectObservable }) => {
      const controls = { signal$: NEVER, deadline$: NEVER };
      expectObservable(cold('---', peers).pipe(echoDatagrams(controls))).toBe('---');
      expectObservable(cold('--|', peers).pipe(echoDatagrams(controls))).toBe('--|');
      expectObservable(cold('--#', peers).pipe(echoDatagrams(controls))).toBe('--#');
    });
  });

  it('unsubscribes from the source when it is unsubscribed', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const datagrams = hot('a-a-a-a', peers);
      const unsubscribed = ' ---!';
      const answers = '      a-a-';
      const events$ = datagrams.pipe(echoDatagrams({ signal$: NEVER, deadline$: NEVER }), map(answered));
      expectObservable(events$, unsubscribed).toBe(answers);
      expectSubscriptions(datagrams.subscriptions).toBe('^--!');
    });
  });
});
