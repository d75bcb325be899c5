import { Subject } from 'rxjs';
import { loss, type LossOptions } from '../../lib/faults/loss';
import { drawn, segments, type Draws } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = chunks('abcd');

interface Case {
  readonly options: LossOptions;
  readonly draws: Draws;
  readonly transport?: 'tcp' | 'udp';
  readonly values?: Record<string, Buffer>;
}

describe('loss', () => {
  const passes = (
    { options, draws, transport = 'tcp', values = segments() }: Case,
    source: string,
    expected: string,
  ): ReadonlyMap<string, number> => {
    const context = drawn(draws, { transport });
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const operator = loss(options)({ ...context, scheduler });
      expectObservable(cold(source, values).pipe(operator)).toBe(expected, values);
      flush();
    });
    expect(context.budget.bufferedFrames).toBe(0);
    return context.counts;
  };

  describe('of datagrams', () => {
    const udp = { transport: 'udp', values: bytes } as const;

    it('drops datagrams whose draw is below the ratio', () => {
      marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
        const context = drawn({ loss: [0.5, 0.005, 0.5, 0.009] }, { scheduler, transport: 'udp' });
        const source = hot('  abcd|', bytes);
        const expected = '    a-c-|';
        const subscribed = '  ^---!';
        expectObservable(source.pipe(loss({ ratio: 0.01 })(context))).toBe(expected, bytes);
        expectSubscriptions(source.subscriptions).toBe(subscribed);
      });
    });

    it('drops none at a draw of exactly the ratio, none at 0 % and all at 100 %', () => {
      passes({ ...udp, options: { ratio: 0.01 }, draws: { loss: [0.01, 0.0099] } }, 'ab|', 'a-|');
      passes({ ...udp, options: { ratio: 0 }, draws: { loss: [0, 0] } }, 'ab|', 'ab|');
      passes({ ...udp, options: { ratio: 1 }, draws: { loss: [0, 0.999] } }, 'ab|', '--|');
    });

    it('drops in the bad state of gemodel, and decides before the state changes', () => {
      const options = { model: 'gemodel', p: 0.1, r: 0.5 } as const;
      const draws = { transition: [0.05, 0.6, 0.3, 0.9], loss: [0.5, 0.5, 0.5, 0.5] };
      const counts = passes({ ...udp, options, draws }, 'abcd|', 'a--d|');
      expect([...counts]).toEqual(
        expect.arrayContaining([
          ['drawn', 4],
          ['dropped', 2],
        ]),
      );
    });

    it('changes the state at a draw below the probability, not at it', () => {
      const options = { model: 'gemodel', p: 0.1, r: 0.5 } as const;
      const draws = { transition: [0.1, 0.05, 0.5, 0.4], loss: [0.5, 0.5, 0.5, 0.5] };
      passes({ ...udp, options, draws }, 'abcd|', 'ab--|');
    });

    it('drops by lostInGood and lostInBad in their states', () => {
      const options = { model: 'gemodel', p: 1, r: 1, lostInBad: 0.6, lostInGood: 0.2 } as const;
      passes({ ...udp, options, draws: { loss: [0.1, 0.5, 0.3, 0.7] } }, 'abcd|', '--cd|');
      passes({ ...udp, options, draws: { loss: [0.2, 0.6, 0.19, 0.59] } }, 'abcd|', 'ab--|');
    });

    it('computes the probabilities of the two states from a ratio and a mean burst', () => {
      // r = 1/4, p = 0.2 / 4 / 0.8 = 1/16.
      const options = { ratio: 0.2, burstFrames: 4 };
      const edge = { transition: [0.0626, 0.0624, 0.251, 0.249], loss: [0.5, 0.5, 0.5, 0.5] };
      passes({ ...udp, options, draws: edge }, 'abcd|', 'ab--|');
    });

    it('drops and passes empty datagrams like any other', () => {
      const values = { a: Buffer.alloc(0) };
      passes({ ...udp, values, options: { ratio: 0.5 }, draws: { loss: [0.1, 0.9] } }, 'aa|', '-a|');
    });
  });

  describe('of TCP segments', () => {
    const options = { ratio: 0.01, rtoMs: 4 };

    it('delays a lost segment by a retransmission, and all segments behind it', () => {
      passes({ options, draws: { loss: [0.5, 0.005, 0.5] } }, 'abc|', 'a----(bc|)');
    });

    it('doubles the delay for each further loss, up to six', () => {
      const late = (again: number, expected: string) =>
        passes({ options, draws: { loss: [0.005], again: [again] } }, 'a|', expected);
      late(0.0101, '----(a|)');
      late(0.0099, ' 8ms (a|)');
      late(0.00009, ' 16ms (a|)');
      late(0, ' 256ms (a|)');
    });

    it('passes a segment after six lost retransmissions', () => {
      passes({ options: { ratio: 1, rtoMs: 4 }, draws: {} }, 'a|', ' 256ms (a|)');
    });

    it('delays the rest of a lost segment that arrives in a second chunk', () => {
      const values = {
        x: Buffer.alloc(730, 'a'),
        y: Buffer.alloc(1000, 'a'),
        p: Buffer.alloc(730, 'a'),
        q: Buffer.alloc(270, 'a'),
      };
      passes({ options, values, draws: { loss: [0.005, 0.5] } }, 'x-y----|', '----x-y|');
    });

    it('removes only the bytes of lost segments with tcp=drop', () => {
      const whole = Buffer.from('a'.repeat(1460) + 'b'.repeat(1460) + 'c'.repeat(80));
      const values = { w: whole, a: whole.subarray(0, 1460), c: whole.subarray(2920) };
      passes({ options: { ratio: 0.01, tcp: 'drop' }, values, draws: { loss: [0.5, 0.005, 0.5] } }, 'w---|', '(ac)|');
    });

    it('passes everything with tcp=ignore', () => {
      passes({ options: { ratio: 1, tcp: 'ignore' }, draws: { loss: [0, 0] } }, 'ab|', 'ab|');
    });

    it('emits buffered segments in order at a flush', () => {
      marbles(({ cold, scheduler, expectObservable }) => {
        const flush$ = new Subject<void>();
        const context = drawn({ loss: [0.5, 0.005, 0.5] }, { scheduler, flush$ });
        const source = '  abc-----|';
        const stopped = ' ---x     ';
        const expected = 'a--(bc)-|';
        cold(stopped).subscribe(() => flush$.next());
        expectObservable(cold(source, segments()).pipe(loss({ ratio: 0.01 })(context))).toBe(expected, segments());
      });
    });
  });

  it('rejects invalid options', () => {
    expect(() => loss({})).toThrow('missing the share to lose');
    expect(() => loss({ ratio: 0.9, burstFrames: 5 })).toThrow('bursts of 5 cannot lose more than 83.33 %');
    expect(() => loss({ model: 'gemodel' })).toThrow('gemodel needs p');
    expect(() => loss({ ratio: 1.5 })).toThrow('expected `ratio` to be a number from 0 to 1, got `1.5`');
  });
});
