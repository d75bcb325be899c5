import { delay, map, mergeMap, NEVER, Subject, take, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { EchoEvent } from '../../../lib/events';
import { perChunk } from '../../../lib/stages/perChunk';
import type { StagedPeer } from '../../../lib/stageEnvironment';
import type { DroppedDatagram } from '../../../lib/peer';
import { echoFlows } from '../../../lib/server/echo/echoFlows';
import { marbles } from '../../support/marbles';
import { stageContext } from '../../../lib/stages/stageContext';
import { peers } from '../../support/udp';

/** `A`: the flow of a was opened; `a`: it was closed. */
const letter = (event: EchoEvent): string => {
  if (event.kind === 'opened') return event.peer.remote.host.toUpperCase();
  if (event.kind === 'closed') return event.peer.remote.host;
  return event.kind;
};

/** How each flow was closed. */
const ends = mergeMap((event: EchoEvent) => (event.kind === 'closed' ? [event.reason] : []));

const on = (turns$: Observable<unknown>) => ({ capacity: 100, sizeOf: () => 1, quietTicks: () => turns$ });

const held =
  (ms: number) =>
  ({ budget }: StagedPeer): MonoTypeOperatorFunction<Buffer> =>
    perChunk(delay(ms))({ ...stageContext(), budget });

describe('echoFlows', () => {
  it('opens a flow at the first datagram of a peer, and closes all when what the kernel had is back', () => {
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const datagrams = hot('--a--b--a-----c---', peers);
      const signal$ = hot('  ----------s-------');
      const turns$ = cold('            --t--t--t--t'.trim());
      const subscribed = '   ^-----------------!';
      const controls = { signal$, queue: on(turns$), deadline$: NEVER };
      const events = '       --A--B--------C---(bac|)';
      expectObservable(datagrams.pipe(echoFlows(controls), map(letter))).toBe(events);
      expectSubscriptions(datagrams.subscriptions).toBe(subscribed);
    });
  });

  it('closes a flow when its peer was silent for idleMs', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const datagrams = hot('-a-b-a---------', peers);
      const events = '       -A-B-----b-a---';
      const controls = { signal$: NEVER, deadline$: NEVER, idleMs: 6, scheduler };
      expectObservable(datagrams.pipe(echoFlows(controls), map(letter))).toBe(events);
    });
  });

  it('passes each peer through an operator of its own', () => {
    marbles(({ hot, expectObservable }) => {
      const datagrams = hot('-a-b-a-b|', peers);
      const seen$ = new Subject<string>();
      const number = ({ remote }: StagedPeer) =>
        map((data: Buffer, index: number) => (seen$.next(remote.host + index), data));
      const controls = { signal$: NEVER, deadline$: NEVER, through: number };
      expectObservable(seen$).toBe('-a-b-c-d-', { a: 'a0', b: 'b0', c: 'a1', d: 'b1' });
      expectObservable(datagrams.pipe(echoFlows(controls), ends)).toBe('--------(xx|)', { x: 'ended' });
    });
  });

  it('delivers what is buffered when the signal comes', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const datagrams = hot('-a-a--', peers);
      const signal$ = hot('  ----s');
      const controls = { signal$, queue: on(cold('-t-t')), deadline$: NEVER, through: held(10) };
      expectObservable(datagrams.pipe(echoFlows(controls), map(letter))).toBe('-A-----------(a|)');
    });
  });

  it('completes at the deadline, whatever is buffered', () => {
    marbles(({ hot, cold, expectObservable }) => {
      const datagrams = hot('-a-a------', peers);
      const signal$ = hot('  ----s-----');
      const deadline$ = hot('---------d');
      const controls = { signal$, queue: on(cold('-t-t')), deadline$, through: held(10) };
      expectObservable(datagrams.pipe(echoFlows(controls), map(letter))).toBe('-A-------|');
    });
  });

  it('closes the flow that a stage completed at once, and drops what its peer sends on', () => {
    marbles(({ hot, expectObservable, scheduler }) => {
      const datagrams = hot('-a-a-b-a|', peers);
      const dropped$ = new Subject<string>();
      const onDropped = ({ remote, reason }: DroppedDatagram): void => dropped$.next(`${remote.host}: ${reason}`);
      const controls = { signal$: NEVER, deadline$: NEVER, through: () => take<Buffer>(1), scheduler, onDropped };
      expectObservable(dropped$).toBe('---x---x-', { x: 'a: flow ended' });
      expectObservable(datagrams.pipe(echoFlows(controls), ends)).toBe('-x---x--|', { x: 'completed' });
    });
  });

  it('closes a flow whose stage threw, and opens a new one for the next datagram of its peer', () => {
    marbles(({ hot, expectObservable }) => {
      const datagrams = hot('-a----b--a----|', peers);
      const events = '       -(Aa)-B--(Aa)-(b|)';
      const failForA = ({ remote }: StagedPeer) => map((data: Buffer) => (remote.host === 'a' ? fail() : data));
      const controls = { signal$: NEVER, deadline$: NEVER, through: failForA };
      expectObservable(datagrams.pipe(echoFlows(controls), map(letter))).toBe(events);
    });
  });

  it('ends as its source does', () => {
    marbles(({ cold, expectObservable }) => {
      const controls = { signal$: NEVER, deadline$: NEVER };
      expectObservable(cold('---', peers).pipe(echoFlows(controls))).toBe('---');
      expectObservable(cold('--|', peers).pipe(echoFlows(controls))).toBe('--|');
      expectObservable(cold('--#', peers).pipe(echoFlows(controls))).toBe('--#');
    });
  });

  it.each([{ idleMs: 0 }, { maxFlows: 0 }])('throws for %p before it is subscribed', (options) => {
    const controls = { signal$: NEVER, deadline$: NEVER };
    expect(() => NEVER.pipe(echoFlows({ ...controls, ...options }))).toThrow('Expected `');
  });
});

const fail = (): never => {
  throw new Error('boom');
};
