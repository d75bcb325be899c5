import fc from 'fast-check';
import { from, lastValueFrom, of, Subject, take, throwError, toArray } from 'rxjs';
import { frames, type Codec } from '../../lib/stages/frames';
import { marbles } from '../support/marbles';

const line: Codec<string> = {
  decode: (bytes, start) => {
    const end = bytes.indexOf('\n', start);
    return end < 0 ? undefined : { frame: bytes.toString('latin1', start, end), end: end + 1 };
  },
};

/** A length of one byte, then so many bytes. */
const counted: Codec<string> = {
  decode: (bytes, start) => {
    const end = start + 1 + bytes[start]!;
    return end > bytes.byteLength ? { needs: end - start } : { frame: bytes.toString('latin1', start + 1, end), end };
  },
};

const framesOf = <T>(codec: Codec<T>, pieces: readonly (string | Uint8Array)[], maxBytes = 1000): Promise<T[]> =>
  lastValueFrom(from(pieces.map((piece) => Buffer.from(piece as string))).pipe(frames(codec, { maxBytes }), toArray()));

describe('frames', () => {
  it('gives the same frames for any chunking', async () => {
    const texts = fc.array(
      fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[^a-z]/g, '')),
      { maxLength: 20 },
    );
    const cuts = fc.array(fc.nat(400), { maxLength: 20 }).map((places) => places.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(texts, cuts, async (expected, places) => {
        const inLines = Buffer.from(expected.map((text) => `${text}\n`).join(''));
        const inCounts = Buffer.concat(expected.map((text) => Buffer.from([text.length, ...Buffer.from(text)])));
        for (const [codec, whole] of [[line, inLines] as const, [counted, inCounts] as const]) {
          const pieces = [0, ...places].map((start, index) => whole.subarray(start, places[index]));
          expect(await framesOf(codec, pieces)).toEqual(expected);
        }
      }),
    );
  });

  it('emits all frames of a chunk at once, and the end behind them', () => {
    marbles(({ cold, expectObservable }) => {
      const bytes = { x: Buffer.from('a\nb'), y: Buffer.from('\nc\n') };
      expectObservable(cold('x--y-----|', bytes).pipe(frames(line))).toBe('a--(bc)--|');
    });
  });

  it('asks for a frame again only when as much has come as it needs', async () => {
    const starts: number[] = [];
    const watched: Codec<string> = {
      decode: (bytes, start) => (starts.push(bytes.byteLength - start), counted.decode(bytes, start)),
    };
    expect(
      await framesOf(
        watched,
        [[5], 'ab', 'cd', 'e'].map((piece) => Buffer.from(piece as string)),
      ),
    ).toEqual(['abcde']);
    expect(starts).toEqual([1, 6]);
  });

  it('keeps a copy of what is left of a chunk', () => {
    const source = new Subject<Buffer>();
    const seen: string[] = [];
    source.pipe(frames(line)).subscribe((text) => seen.push(text));
    const lent = Buffer.from('one\ntw');
    source.next(lent);
    lent.fill('x');
    source.next(Buffer.from('o\n'));
    expect(seen).toEqual(['one', 'two']);
  });

  it('errors when a frame is longer than it may be, known or not, and when the stream ends within one', async () => {
    const tooLong = { code: 'ERR_ECHO_FRAME', message: 'A frame exceeds the limit of 4 bytes' };
    await expect(framesOf(line, ['ok\nabcd', 'e'], 4)).rejects.toMatchObject(tooLong);
    await expect(framesOf(counted, [Buffer.from([9, 1])], 4)).rejects.toMatchObject(tooLong);
    await expect(framesOf(line, ['ok\nab'], 4)).rejects.toMatchObject({
      code: 'ERR_ECHO_FRAME',
      message: 'The stream ended within a frame, after 2 of its bytes',
    });
  });

  it('errors with what the codec throws, and with what the stream errors with', async () => {
    const bad: Codec<string> = {
      decode: () => {
        throw new Error('no such command');
      },
    };
    await expect(framesOf(bad, ['x'])).rejects.toThrow('no such command');
    const broken = throwError(() => new Error('reset')).pipe(frames(line));
    await expect(lastValueFrom(broken)).rejects.toThrow('reset');
  });

  it('decodes no more when nothing takes it', () => {
    let decoded = 0;
    const watched: Codec<string> = { decode: (bytes, start) => ((decoded += 1), line.decode(bytes, start)) };
    of(Buffer.from('a\nb\nc\n')).pipe(frames(watched), take(2)).subscribe();
    expect(decoded).toBe(2);
  });

  it('throws for a bound under 1', () => {
    expect(() => frames(line, { maxBytes: 0 })).toThrow('Expected `maxBytes` to be a number from 1 up, got `0`');
  });
});
