import { shutdownDelay } from '../../../lib/cli/serve/shutdownDelay';
import { marbles } from '../../support/marbles';

const delays = (signals: string, output: string, unsubscribed?: string): void =>
  marbles(({ hot, expectObservable, scheduler }) => {
    expectObservable(hot(signals).pipe(shutdownDelay(5000, scheduler)), unsubscribed).toBe(output);
  });

describe('shutdownDelay', () => {
  it('passes the first signal later, and what comes after it as it comes', () => {
    delays('--s 9999ms x--', '-- 5s s 4999ms x--');
  });

  it('takes a second signal for the end of the delay', () => {
    delays('--s 999ms x 999ms y--', '-- 1s s 999ms y--');
  });

  it('takes a signal within half a second of the first for the same', () => {
    delays('s 99ms s 99ms s------', '5s s');
  });

  it('passes the first signal though no other can come', () => {
    delays('s-|', '5s (s|)');
  });

  it('passes nothing without a signal, or after unsubscription', () => {
    delays('---|', '---|');
    delays('---', '---');
    delays('s----', '-----', '---!');
    delays('--#', '--#');
  });
});
