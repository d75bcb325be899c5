import {
  catchError,
  concat,
  concatMap,
  defer,
  delay,
  dematerialize,
  EMPTY,
  filter,
  finalize,
  from,
  identity,
  ignoreElements,
  map,
  materialize,
  merge,
  mergeMap,
  NEVER,
  of,
  Subject,
  take,
  tap,
  throwError,
  type MonoTypeOperatorFunction,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import { EchoError } from '../../../lib/errors';
import { SharedBudget } from '../../../lib/backpressure/sharedBudget';
import { perChunk } from '../../../lib/stages/perChunk';
import type { Datagram, DroppedDatagram, Flow } from '../../../lib/peer';
import { flows } from '../../../lib/udp/flows/flows';
import { marbles } from '../../support/marbles';
import { stageContext } from '../../../lib/stages/stageContext';
import { fakeDatagram, peers } from '../../support/udp';

const text = map((data: Buffer) => String(data));

/** The peers whose flows open, in order. */
const openings: OperatorFunction<Flow, string> = map(({ remote }) => remote.host);

/** The bytes of one peer's flow, and its end. */
const bytesOf =
  (peer: string): OperatorFunction<Flow, string> =>
  (flow$) =>
    flow$.pipe(
      filter(({ remote }) => remote.host === peer),
      mergeMap(({ bytes$ }) => bytes$.pipe(text, materialize())),
      dematerialize(),
    );

/** The sink of a flow, which emits the number of the flow for each datagram. */
const sends =
  (flow: Flow): OperatorFunction<Buffer, string> =>
  (source$) =>
    defer(() => {
      const sent$ = new Subject<string>();
      const sending$ = source$.pipe(tap(() => sent$.next(String(flow.id))));
      return merge(
        sent$,
        sending$.pipe(
          flow.writes(),
          finalize(() => sent$.complete()),
        ),
      );
    });

/** Each flow through `stage` and back. */
const echoed = (stage: (flow: Flow) => MonoTypeOperatorFunction<Buffer>): OperatorFunction<Flow, string> =>
  mergeMap((flow) =>
    flow.bytes$.pipe(
      stage(flow),
      sends(flow),
      catchError(() => EMPTY),
    ),
  );

/** `perChunk(delay(ms))`, as a server would apply it. */
const held =
  (ms: number) =>
  ({ budget }: Flow) =>
    perChunk(delay(ms))({ ...stageContext(), budget });

/** What is dropped, as peer and reason. */
const drops = () => {
  const dropped$ = new Subject<string>();
  const onDropped = ({ remote, reason }: DroppedDatagram): void => dropped$.next(`${remote.host}: ${reason}`);
  return { dropped$, onDropped };
};

describe('flows', () => {
  it('opens two flows for a source that asks two of our addresses, so that each reply leaves from the address that was asked', () => {
    marbles(({ hot, expectObservable }) => {
      const other = { ...peers.a, local: { host: '127.0.0.2', port: 7 } };
      const opened$ = hot('-a-x-a-|', { a: peers.a, x: other }).pipe(
        flows(),
        map(({ local }) => local.host),
      );
      expectObservable(opened$).toBe('-p-q---|', { p: '127.0.0.1', q: '127.0.0.2' });
    });
  });

  it('sorts datagrams into one flow for each peer, which ends when that was silent for idleMs or the source ends', () => {
    marbles(({ hot, expectObservable, expectSubscriptions, scheduler }) => {
      const datagrams = hot('-a-b-a--b----b|', peers);
      const opened = '       -A-B----------|';
      const a = '            -a---a-----|';
      const b = '            ---b----b----b|';
      const flow$ = datagrams.pipe(flows({ idleMs: 6, scheduler }));
      expectObservable(flow$.pipe(openings)).toBe(opened, { A: 'a', B: 'b' });
      expectObservable(flow$.pipe(bytesOf('a'))).toBe(a);
      expectObservable(flow$.pipe(bytesOf('b'))).toBe(b);
      expectSubscriptions(datagrams.subscriptions).toBe(['^-------------!', '^----------!', '^-------------!']);
    });
  });

  it('keeps the order of a peer, and passes empty datagrams', () => {
    marbles(({ hot, expectObservable }) => {
      const one = { 1: fakeDatagram('a', '1'), 2: fakeDatagram('a', ''), 3: fakeDatagram('a', '3') };
      const flow$ = hot('-(123)-(31)-|', one).pipe(flows());
      expectObservable(flow$.pipe(bytesOf('a'))).toBe('-(123)-(31)-|', { 1: '1', 2: '', 3: '3' });
    });
  });

  it('distinguishes two ports of one address', () => {
    marbles(({ hot, expectObservable }) => {
      const first = peers.a;
      const second = { ...first, remote: { ...first.remote, port: 49153 } };
      const flow$ = hot('-x-y-x-|', { x: first, y: second }).pipe(flows());
      expectObservable(flow$.pipe(map(({ id, remote }) => `${id}: ${remote.port}`))).toBe('-x-y---|', {
        x: '1: 49152',
        y: '2: 49153',
      });
    });
  });

  it('opens a new flow for a peer that comes back after its flow fell idle', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const flow$ = hot('a---------a-|', peers).pipe(flows({ idleMs: 6, scheduler }));
      expectObservable(flow$.pipe(echoed(() => identity))).toBe('1---------2-|');
    });
  });

  it('keeps a flow alive while a datagram of it is buffered', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const datagrams = hot('a-----------------a-----------------------', peers);
      const sent = '         --------------------1-----------------1---';
      const flow$ = datagrams.pipe(flows({ idleMs: 6, scheduler }));
      expectObservable(flow$.pipe(echoed(held(20)))).toBe(sent);
    });
  });

  it('ends the least recently used flow when one more than maxFlows opens', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const datagrams = hot('-a-b-a-c-----', peers);
      const a = '            -a---a-------';
      const b = '            ---b---|     ';
      const flow$ = datagrams.pipe(flows({ maxFlows: 2, scheduler }));
      expectObservable(flow$.pipe(bytesOf('a')), '             ------------!').toBe(a);
      expectObservable(flow$.pipe(bytesOf('b')), '             ------------!').toBe(b.trim());
    });
  });

  it('lets the stages of an evicted flow drain', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const flow$ = hot('a-b--------|', peers).pipe(flows({ maxFlows: 1, scheduler }));
      expectObservable(flow$.pipe(echoed(held(5)))).toBe('-----1-2---|');
    });
  });

  it('drops what a peer sends after a stage completed its flow, until the peer was silent for idleMs', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const { dropped$, onDropped } = drops();
      const datagrams = hot('a--a----a------a---|', peers);
      const sent = '         1--------------2---|';
      const dropped = '      ---x----x-----------';
      const flow$ = datagrams.pipe(flows({ idleMs: 6, scheduler, onDropped }));
      expectObservable(dropped$).toBe(dropped, { x: 'a: flow ended' });
      expectObservable(flow$.pipe(echoed(() => take(1)))).toBe(sent);
    });
  });

  it('drops what a peer sends while the last replies of its completed flow are buffered', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const { dropped$, onDropped } = drops();
      const limited = (flow: Flow): MonoTypeOperatorFunction<Buffer> => {
        const hold = held(5)(flow);
        return (source) => source.pipe(take(1), hold);
      };
      const datagrams = hot('a-a-a---a-|', peers);
      const flow$ = datagrams.pipe(flows({ scheduler, onDropped }));
      expectObservable(dropped$).toBe('--x-x---x--', { x: 'a: flow ended' });
      expectObservable(flow$.pipe(echoed(limited))).toBe('-----1----|');
    });
  });

  it('treats a flow that a stage reset as one that it completed', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const { dropped$, onDropped } = drops();
      const reset = () => concatMap(() => throwError(() => new EchoError('ERR_ECHO_RESET', 'on purpose')));
      const flow$ = hot('a--a--a-|', peers).pipe(flows({ scheduler, onDropped }));
      expectObservable(dropped$).toBe('---x--x--', { x: 'a: flow ended' });
      expectObservable(flow$.pipe(echoed(reset))).toBe('--------|');
    });
  });

  it('opens a new flow with the next datagram of a peer whose flow failed', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const { dropped$, onDropped } = drops();
      const failSecond = () => map((data: Buffer, index: number) => (index === 0 ? data : fail()));
      const flow$ = hot('a--a--a--a--a-|', peers).pipe(flows({ scheduler, onDropped }));
      expectObservable(dropped$).toBe('');
      expectObservable(flow$.pipe(echoed(failSecond))).toBe('1-----2-----3-|');
    });
  });

  it('takes a flow that failed with nothing at all for one that failed', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const { dropped$, onDropped } = drops();
      const failNamelessly = () => mergeMap(() => throwError(() => undefined));
      const flow$ = hot('a--a--|', peers).pipe(flows({ scheduler, onDropped }));
      const whole$ = flow$.pipe(
        mergeMap((flow) =>
          flow.bytes$.pipe(failNamelessly(), flow.writes()).pipe(
            ignoreElements(),
            catchError(() => of(flow.flushed)),
          ),
        ),
      );
      expectObservable(dropped$).toBe('');
      expectObservable(whole$).toBe('f--f--|', { f: false });
    });
  });

  it('opens a new flow for a peer whose flow was aborted, or unsubscribed', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const once = mergeMap((flow: Flow) => flow.bytes$.pipe(sends(flow), take(1)));
      const flow$ = hot('a--a--a|', peers).pipe(flows({ scheduler }));
      expectObservable(flow$.pipe(once)).toBe('1--2--3|');
      const aborted = map((flow: Flow) => (flow.abort(), flow.id));
      expectObservable(flow$.pipe(aborted)).toBe('1--2--3|', { 1: 1, 2: 2, 3: 3 });
    });
  });

  it('errors both views of an aborted flow, before and after they are subscribed', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const aborted = new EchoError('ERR_ECHO_ABORTED', 'enough');
      const flow$ = hot('a---', peers).pipe(flows({ scheduler }));
      const abortFirst = mergeMap((flow: Flow) => (flow.abort(aborted), flow.bytes$));
      const abortThenWrite = mergeMap((flow: Flow) => (flow.abort(aborted), NEVER.pipe(flow.writes())));
      const abortLater = mergeMap((flow: Flow) => {
        scheduler.schedule(() => flow.abort(aborted), 2);
        return flow.bytes$.pipe(sends(flow));
      });
      expectObservable(flow$.pipe(abortFirst)).toBe('#', undefined, aborted);
      expectObservable(flow$.pipe(abortThenWrite)).toBe('#', undefined, aborted);
      expectObservable(flow$.pipe(abortLater)).toBe('1-#', undefined, aborted);
    });
  });

  it('drops new datagrams while its shared budget is closed, whatever filled it', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const { dropped$, onDropped } = drops();
      const sharedBudget = new SharedBudget(4096);
      scheduler.schedule(() => sharedBudget.charge(4096), 1);
      scheduler.schedule(() => sharedBudget.charge(-4096, -1), 5);
      const datagrams$ = hot('a--b---c|', peers);
      expectObservable(datagrams$.pipe(flows({ scheduler, onDropped, sharedBudget }), openings)).toBe('a------c|');
      expectObservable(dropped$.pipe(map(() => 'd'))).toBe('---d');
    });
  });

  it('drops new datagrams while all flows together buffer 16 MiB, and takes them again below half of it', () => {
    marbles(({ cold, expectObservable, scheduler }) => {
      const { dropped$, onDropped } = drops();
      const big = { a: fakeDatagram('a', Buffer.alloc(64_512)), b: fakeDatagram('b', Buffer.alloc(64_512)) };
      // With its 1024 bytes of overhead each weighs 64 KiB: 256 of them make 16 MiB.
      const flood$ = from(Array.from({ length: 300 }, (_, index) => (index % 2 ? big.a : big.b)));
      const later$ = cold('200ms b|', big);
      let answered = 0;
      let dropped = 0;
      dropped$.subscribe((reason) => {
        expect(reason).toMatch('overlimit');
        dropped += 1;
      });
      const flow$ = concat(flood$, later$).pipe(flows({ scheduler, onDropped }), echoed(held(100)));
      const counted$ = flow$.pipe(
        map(() => (answered += 1)),
        filter((count) => count > 255),
        map((count) => `${count} answered, ${dropped} dropped`),
      );
      expectObservable(counted$).toBe('100ms a 199ms (b|)', {
        a: '256 answered, 44 dropped',
        b: '257 answered, 44 dropped',
      });
    });
  });

  it('keeps what arrives before bytes$ is subscribed', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const inTurn = concatMap(({ bytes$ }: Flow) => bytes$.pipe(text));
      const datagrams = hot('a-b-b-----b---|', peers);
      const read = '         a----(bb)-b---|';
      expectObservable(datagrams.pipe(flows({ idleMs: 5, scheduler }), inTurn)).toBe(read);
    });
  });

  it('bounds what waits for bytes$ to be subscribed', () => {
    marbles(({ expectObservable, scheduler }) => {
      const { dropped$, onDropped } = drops();
      const flood$ = from(Array<Datagram>(300).fill(fakeDatagram('a', Buffer.alloc(64_512))));
      let dropped = 0;
      dropped$.subscribe(() => (dropped += 1));
      const late = mergeMap(({ bytes$ }: Flow) =>
        of(0).pipe(
          delay(10),
          concatMap(() => bytes$),
        ),
      );
      const count$ = flood$.pipe(
        flows({ scheduler, onDropped }),
        late,
        map((_, index) => `${index + 1} kept, ${dropped} dropped`),
        filter((said) => said.startsWith('256')),
      );
      expectObservable(count$).toBe('10ms (a|)', { a: '256 kept, 44 dropped' });
    });
  });

  it('counts as pending what waits for bytes$ to be subscribed', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const owed = map(({ framesPending, bytesPending }: Flow) => `${framesPending} of ${bytesPending} bytes`);
      const flow$ = hot('a--|', { a: fakeDatagram('a', 'four') }).pipe(flows({ scheduler }), owed);
      expectObservable(flow$).toBe('x--|', { x: '1 of 4 bytes' });
    });
  });

  it('refuses a second use of bytes$ and of writes', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const twice = (use: (flow: Flow) => Observable<unknown>) =>
        mergeMap((flow: Flow) => {
          use(flow).subscribe();
          return use(flow).pipe(catchError((error: unknown) => of((error as EchoError).code)));
        });
      const flow$ = hot('a--|', peers).pipe(flows({ scheduler }));
      expectObservable(flow$.pipe(twice((flow) => flow.bytes$))).toBe('x--|', { x: 'ERR_ECHO_USED' });
      expectObservable(flow$.pipe(twice((flow) => NEVER.pipe(flow.writes())))).toBe('x--|', { x: 'ERR_ECHO_USED' });
    });
  });

  it('opens nothing for a source that is silent, empty or fails', () => {
    marbles(({ cold, expectObservable, scheduler }) => {
      expectObservable(cold('---', peers).pipe(flows({ scheduler }))).toBe('---');
      expectObservable(cold('--|', peers).pipe(flows({ scheduler }))).toBe('--|');
      expectObservable(cold('--#', peers).pipe(flows({ scheduler }))).toBe('--#');
    });
  });

  it('ends every flow when the source fails', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const flow$ = hot('a-a-#', peers).pipe(flows({ scheduler }));
      expectObservable(
        flow$.pipe(
          catchError(() => NEVER),
          bytesOf('a'),
        ),
      ).toBe('a-a-|');
    });
  });

  it('ends every flow when it is unsubscribed, and drains what they buffer', () => {
    marbles(({ hot, expectObservable, expectSubscriptions, scheduler }) => {
      const datagrams = hot('a-a-----', peers);
      const only$ = datagrams.pipe(flows({ scheduler }), take(1), echoed(held(5)));
      expectObservable(only$).toBe('-----(1|)');
      expectSubscriptions(datagrams.subscriptions).toBe('(^!)');
    });
  });

  it.each([0, -1, NaN])('throws for idleMs or maxFlows of %p when it is called', (value) => {
    expect(() => flows({ idleMs: value })).toThrow('Expected `idleMs` to be a number from 1 up');
    expect(() => flows({ maxFlows: value })).toThrow('Expected `maxFlows` to be a number from 1 up');
  });
});

const fail = (): never => {
  throw new Error('boom');
};
