import type { EchoEvent } from '../../lib/events';
import { summarizeBursts } from '../../lib/log/summarizeBursts';
import { marbles } from '../support/marbles';

const remote = { host: '192.0.2.1', port: 50_000 };
const noted = (message: string): EchoEvent => ({ kind: 'log', level: 'warn', message });

const events: Record<string, EchoEvent> = {
  r: { kind: 'refused', transport: 'tcp', remote, reason: 'max-connections' },
  s: { kind: 'refused', transport: 'tcp', remote, reason: 'max-connections-per-source' },
  d: { kind: 'dropped', remote, reason: 'overlimit', bytes: 1 },
  p: { kind: 'dropped', remote, reason: 'port 0', bytes: 1 },
  h: { kind: 'paused', bufferedBytes: 1 },
  e: { kind: 'stopped', report: { connectionsDrained: 0, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 } },
  R: noted('connections are refused: the limit of open connections is reached (--max-connections)'),
  S: noted('connections are refused: one source has reached its limit (--max-connections-per-source)'),
  D: noted('datagrams are dropped: a limit of buffered bytes is reached'),
  H: noted('reading is paused: the limit of buffered bytes is reached (--max-buffered)'),
  '1': noted('1 connection refused (--max-connections)'),
  '3': noted('3 connections refused (--max-connections)'),
  '4': noted('1 connection refused (--max-connections-per-source)'),
  '5': noted('2 datagrams dropped: a limit of buffered bytes was reached'),
  '6': noted('reading was paused 1 time (--max-buffered)'),
};

const says = (source: string, output: string): void =>
  marbles(({ hot, expectObservable, scheduler }) => {
    expectObservable(hot(source, events).pipe(summarizeBursts(scheduler))).toBe(output, events);
  });

describe('summarizeBursts', () => {
  it('logs the first refusal of a burst, and the count after 10 quiet seconds', () => {
    says('--r---rr 20s |', '--(rR)rr 9999ms 3 10s |');
  });

  it('begins another burst after that', () => {
    says('r 11s r-----|', '(rR) 9996ms 1 1s (rR)--|');
  });

  it('counts each kind by itself', () => {
    says('r---s---d---d 20s |', '(rR)(sS)(dD)d 9987ms 1---4-------5 10s |');
  });

  it('logs that reading was paused', () => {
    says('h 11s |', '(hH) 9996ms 6 1000ms |');
  });

  it('logs the count before the report, and nothing after it', () => {
    says('r---(e|)', '(rR)(1e|)');
  });

  it('ignores other drops', () => {
    says('p---p 20s |', 'p---p 20s |');
  });

  it('passes an error, and leaves no timer behind when it is unsubscribed', () => {
    says('r---#', '(rR)#');
    marbles(({ hot, expectObservable, scheduler, flush }) => {
      expectObservable(hot('r-----', events).pipe(summarizeBursts(scheduler)), '-----!').toBe('(rR)', events);
      flush();
      expect(scheduler.now()).toBeLessThan(100);
    });
  });
});
