import { delay, EMPTY, map, NEVER, of, tap, type Observable } from 'rxjs';
import type { Datagram } from '../../lib/peer';
import { replyWith } from '../../lib/udp/replyWith';
import { marbles } from '../support/marbles';
import { fakeDatagram, peers } from '../support/udp';

const answers = (source: Observable<Datagram>) =>
  source.pipe(
    replyWith(({ data }) => data),
    map(({ datagram, bytes }) => `${datagram.remote.host}${bytes}`),
  );
const told = { A: 'a1', B: 'b1', C: 'c1' };

describe('replyWith', () => {
  it('answers each datagram, and completes with its source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('    --a-(bc)-|', peers);
      expectObservable(answers(source)).toBe('--A-(BC)-|', told);
      expectSubscriptions(source.subscriptions).toBe('^--------!');
      expectObservable(answers(EMPTY)).toBe('|');
      expectObservable(answers(NEVER)).toBe('-');
    });
  });

  it('completes only when the last answer is out', () => {
    marbles(({ cold, expectObservable }) => {
      const late = fakeDatagram('c', 'c', (bytes) => of(bytes).pipe(delay(3)));
      expectObservable(answers(cold('a-c|', { ...peers, c: late }))).toBe('A----(C|)', told);
    });
  });

  it('emits nothing for a reply that the system rejected, and completes', () => {
    marbles(({ cold, expectObservable }) => {
      const refused = fakeDatagram('b', 'b', () => EMPTY);
      expectObservable(answers(cold('a-b-|', { ...peers, b: refused }))).toBe('A---|', told);
    });
  });

  it('errors with its source', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(answers(cold('a-#', peers))).toBe('A-#', told);
    });
  });

  it('cuts what is under way when it is unsubscribed', () => {
    const cut: string[] = [];
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const slow = fakeDatagram('b', 'b', (bytes) =>
        of(bytes).pipe(delay(9), tap({ unsubscribe: () => void cut.push('b') })),
      );
      const source = cold('        a-b---------', { ...peers, b: slow });
      const unsubscribed = '       ----!';
      expectObservable(answers(source), unsubscribed).toBe('A----', told);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
    expect(cut).toEqual(['b']);
  });
});
