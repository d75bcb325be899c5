import { reader } from '../../lib/stages/reader';

/** What is pulled, and whether it was given back. */
const pulledFrom = (...pieces: readonly string[]) => {
  const state = { pulls: 0, returned: false };
  const bytes = async function* () {
    try {
      for (const piece of pieces) {
        state.pulls += 1;
        yield Buffer.from(piece);
      }
    } finally {
      state.returned = true;
    }
  };
  return { bytes: bytes(), state };
};

const text = async (line: Promise<Buffer | undefined>): Promise<string | undefined> => (await line)?.toString();

describe('reader', () => {
  it('reads lines without their ends, the last one too', async () => {
    const { line } = bound(reader(pulledFrom('on', 'e\ntwo\r\n', '\nlast').bytes));
    expect([await line(), await line(), await line(), await line(), await line()]).toEqual([
      'one',
      'two',
      '',
      'last',
      undefined,
    ]);
  });

  it('reads numbers of bytes between lines', async () => {
    const read = reader(pulledFrom('5\nhe', 'llo6\nworld!').bytes);
    expect(await text(read.line())).toBe('5');
    expect(await text(read.exactly(5))).toBe('hello');
    expect(await text(read.line())).toBe('6');
    expect(await text(read.exactly(6))).toBe('world!');
    expect(await text(read.exactly(0))).toBe('');
  });

  it('pulls nothing that it was not asked for', async () => {
    const { bytes, state } = pulledFrom('one\ntwo\n', 'three\n');
    const read = reader(bytes);
    expect(state.pulls).toBe(0);
    await read.line();
    await read.line();
    expect(state.pulls).toBe(1);
  });

  it('rejects a line and a number of bytes over maxBytes, and a stream that ends early', async () => {
    const tooLong = (what: string) => ({
      code: 'ERR_ECHO_FRAME',
      message: `${what} exceeds the limit of 4 bytes`,
    });
    await expect(reader(pulledFrom('abcde').bytes, { maxBytes: 4 }).line()).rejects.toMatchObject(tooLong('A line'));
    await expect(reader(pulledFrom('abcde\n').bytes, { maxBytes: 4 }).line()).rejects.toMatchObject(tooLong('A line'));
    await expect(reader(pulledFrom('x').bytes, { maxBytes: 4 }).exactly(5)).rejects.toMatchObject(tooLong('5 bytes'));
    await expect(reader(pulledFrom('abc').bytes).exactly(5)).rejects.toMatchObject({
      code: 'ERR_ECHO_FRAME',
      message: 'The stream ended after 3 of 5 bytes',
    });
    expect(() => reader(pulledFrom().bytes, { maxBytes: 0 })).toThrow('`maxBytes`');
  });

  it('rejects with the error of the stream', async () => {
    const broken = async function* () {
      yield Buffer.from('half');
      throw new Error('reset');
    };
    await expect(reader(broken()).line()).rejects.toThrow('reset');
  });

  it('gives the stream back at return(), and reads no more', async () => {
    const { bytes, state } = pulledFrom('one\ntwo\n');
    const read = reader(bytes);
    await read.line();
    await read.return();
    expect(state.returned).toBe(true);
    await expect(read.exactly(10)).rejects.toMatchObject({ code: 'ERR_ECHO_FRAME' });
  });
});

const bound = (read: ReturnType<typeof reader>) => ({ line: () => text(read.line()) });
