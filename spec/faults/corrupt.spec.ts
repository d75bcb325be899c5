import { corrupt, type CorruptOptions } from '../../lib/faults/corrupt';
import { drawn, type Draws } from '../support/drawn';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';
import { outputOf } from '../support/virtual';

/** A capital letter is the small letter with bit 5 flipped. */
const bytes = chunks('abcABC');
const BIT_5 = 5 / 8;

describe('corrupt', () => {
  it('flips a bit of a selected frame', () => {
    marbles(({ hot, scheduler, expectObservable, expectSubscriptions }) => {
      const context = drawn({ corrupt: [0.5, 0.05, 0.5], place: [BIT_5] }, { scheduler, transport: 'udp' });
      const source = hot('  abc|', bytes);
      const expected = '    aBc|';
      const subscribed = '  ^--!';
      expectObservable(source.pipe(corrupt({ p: 0.1 })(context))).toBe(expected, bytes);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  const corrupted = (
    options: CorruptOptions,
    draws: Draws,
    frames: readonly (string | Buffer)[],
    transport: 'tcp' | 'udp' = 'udp',
  ): Buffer[] =>
    outputOf(
      (scheduler) => corrupt(options)(drawn(draws, { scheduler, transport })),
      frames.map((frame) => Buffer.from(frame)),
    );
  const asText = (frames: readonly Buffer[]): string[] => frames.map(String);

  it('flips no bit at a draw of exactly p', () => {
    expect(asText(corrupted({ p: 0.1 }, { corrupt: [0.1, 0.0999], place: [BIT_5] }, ['a', 'b']))).toEqual(['a', 'B']);
  });

  it('does not change the buffer of the source', () => {
    const frame = Buffer.from('a');
    const [damaged] = outputOf((scheduler) => corrupt({ p: 1 })(drawn({}, { scheduler, transport: 'udp' })), [frame]);
    expect(damaged).not.toEqual(frame);
    expect(frame).toEqual(Buffer.from('a'));
  });

  it('flips the number of bits that `bits` sets', () => {
    const place = [BIT_5 / 2, 0.5 + BIT_5 / 2];
    expect(asText(corrupted({ p: 1, bits: 2 }, { place }, ['ab']))).toEqual(['AB']);
  });

  it('passes an empty datagram, selected or not', () => {
    expect(corrupted({ p: 1 }, {}, ['', 'a'])[0]).toEqual(Buffer.alloc(0));
    expect(corrupted({ ber: 1 }, {}, [''])).toEqual([Buffer.alloc(0)]);
  });

  it('flips the same bit of a TCP segment, in any chunks', () => {
    const draws = { corrupt: [0.05], place: [(2 + BIT_5) / 1460] };
    expect(asText(corrupted({ p: 0.1 }, draws, ['abc', 'abc'], 'tcp'))).toEqual(['abC', 'abc']);
    expect(asText(corrupted({ p: 0.1 }, draws, ['a', 'b', 'cabc'], 'tcp'))).toEqual(['a', 'b', 'Cabc']);
  });

  it('flips a share of the bits, in any chunks', () => {
    // With ber 0.5 a draw of u is a gap of floor(log2(1 / (1 - u))) bits: 5, then 7.
    const draws = { gap: [1 - 2 ** -5, 1 - 2 ** -7, 1 - 2 ** -30] };
    expect(asText(corrupted({ ber: 0.5 }, draws, ['abc'], 'tcp'))).toEqual(['ABc']);
    expect(asText(corrupted({ ber: 0.5 }, draws, ['a', 'bc'], 'tcp'))).toEqual(['A', 'Bc']);
  });

  it('flips all bits at ber 1, and none at a very small ber', () => {
    expect(corrupted({ ber: 1 }, {}, ['a'])).toEqual([Buffer.from([~0x61 & 0xff])]);
    expect(asText(corrupted({ ber: 1e-17 }, {}, ['a']))).toEqual(['a']);
  });

  it('records a decision for each changed byte (TCP) or datagram (UDP)', () => {
    const decisionsOf = (transport: 'tcp' | 'udp', frames: readonly string[]): unknown[] => {
      const decisions: unknown[] = [];
      // Gaps of 5, 1, 6, then 7 bits: two in `a`, one in `b`, one in `c`.
      const draws = { gap: [5, 1, 6, 7, 30].map((bits) => 1 - 2 ** -bits) };
      const partial = { transport, recordDecision: (decision: unknown) => void decisions.push(decision) };
      outputOf(
        (scheduler) => corrupt({ ber: 0.5 })(drawn(draws, { ...partial, scheduler })),
        frames.map((frame) => Buffer.from(frame)),
      );
      return decisions;
    };
    const expected = [0, 1, 2].map((offset) => ({ action: 'corrupt', offset }));
    expect(decisionsOf('tcp', ['abcd'])).toEqual(expected);
    expect(decisionsOf('tcp', ['a', 'bcd'])).toEqual(expected);
    expect(decisionsOf('udp', ['', 'ab', 'cd'])).toEqual([1, 2].map((index) => ({ action: 'corrupt', index })));
  });

  it('rejects options without a share, or with two', () => {
    expect(() => corrupt({})).toThrow('missing the share to damage');
    expect(() => corrupt({ p: 0.1, ber: 0.1 })).toThrow('expected one of them');
  });
});
