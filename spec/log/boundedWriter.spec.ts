import { once } from 'node:events';
import { Writable } from 'node:stream';
import { BoundedWriter, type Destination } from '../../lib/log/boundedWriter';

const MIB = 1024 * 1024;
const LINE = `${'x'.repeat(1023)}\n`;

/** A destination that takes nothing until it is told to. */
class Stuck extends Writable {
  taken = '';
  #stuck = true;
  #take: (() => void)[] = [];

  constructor() {
    // As the sockets of process.stdout are.
    super({ decodeStrings: false });
  }

  override _write(line: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const take = (): void => {
      this.taken += line.toString();
      done();
    };
    if (this.#stuck) this.#take.push(take);
    else take();
  }

  takeAll(): void {
    this.#stuck = false;
    this.#take.splice(0).forEach((take) => take());
  }
}

/** A writer that tells of lost lines in a line of its own. */
const telling = (destination: Destination): BoundedWriter =>
  Object.assign(new BoundedWriter(destination), {
    lostLine: (lines: number, reason: string) => `${lines}: ${reason}\n`,
  });

const writtenBy = (writer: BoundedWriter, lines: number): void => {
  for (let line = 0; line < lines; line += 1) writer.write(LINE);
};

describe('BoundedWriter', () => {
  it('hands lines on at once', () => {
    const destination = new Stuck();
    destination.takeAll();
    const writer = new BoundedWriter(destination);
    writer.write('one\n');
    writer.write('two\n');
    expect(destination.taken).toBe('one\ntwo\n');
    expect(writer.isDone).toBe(true);
  });

  it('keeps at most 1 MiB for a destination that takes nothing, and never asks the writer to wait', () => {
    const destination = new Stuck();
    const writer = new BoundedWriter(destination);
    writtenBy(writer, 3000);
    expect(destination.writableLength).toBe(MIB);
    expect(writer.writableLength).toBe(0);
    expect(writer.isDone).toBe(false);
  });

  it('counts bytes and not characters', () => {
    const destination = new Stuck();
    const writer = new BoundedWriter(destination);
    for (let line = 0; line < 2000; line += 1) writer.write('é'.repeat(512));
    expect(Buffer.byteLength('é'.repeat(512)) * 1024).toBe(MIB);
    destination.takeAll();
    expect(Buffer.byteLength(destination.taken)).toBe(MIB);
  });

  it('writes once how many lines were dropped, when the destination takes lines again', async () => {
    const destination = new Stuck();
    const writer = telling(destination);
    writtenBy(writer, 1030);
    expect(destination.taken).toBe('');
    destination.takeAll();
    writer.write('after\n');
    await once(writer.end(), 'finish');
    expect(destination.taken.slice(MIB)).toBe('6: they were not read in time\nafter\n');
    expect(writer.lostLines).toBe(6);
  });

  it('counts again when the destination is stuck a second time', async () => {
    const destination = new Stuck();
    const writer = telling(destination);
    destination.takeAll();
    for (const lost of [3, 5]) {
      destination.cork();
      writtenBy(writer, 1024 + lost);
      destination.uncork();
      await once(destination, 'drain');
    }
    expect(destination.taken.match(/^\d.*$/gm)).toEqual([3, 5].map((lost) => `${lost}: they were not read in time`));
    expect(writer.lostLines).toBe(8);
  });

  it('tries a destination again that rejected a line, and first writes how many were lost', () => {
    let isFull = false;
    const taken: string[] = [];
    const writer = telling({
      writableLength: 0,
      destroyed: false,
      write: (line, done) => {
        if (!isFull) taken.push(line.toString());
        done(isFull ? new Error('no room') : undefined);
      },
    });
    writer.write('one\n');
    isFull = true;
    writer.write('two\n');
    writer.write('three\n');
    writer.reportLost();
    isFull = false;
    writer.write('four\n');
    expect(taken).toEqual(['one\n', '2: no room\n', 'four\n']);
    isFull = true;
    writer.write('five\n');
    isFull = false;
    writer.reportLost();
    expect(taken.slice(3)).toEqual(['1: no room\n']);
    expect([writer.lostLines, writer.isDone]).toEqual([3, true]);
  });

  it('takes lines and forgets them when the destination has failed', async () => {
    const destination = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const writer = new BoundedWriter(destination);
    const failed = new Promise((resolve) => destination.once('close', resolve));
    writer.write('one\n');
    await failed;
    writtenBy(writer, 3000);
    expect(writer.destroyed).toBe(false);
    expect(writer.isDone).toBe(true);
    expect(destination.writableLength).toBeLessThan(MIB);
  });

  it('is done when the destination is destroyed with lines in it', async () => {
    const destination = new Stuck();
    const writer = new BoundedWriter(destination);
    writtenBy(writer, 2);
    destination.destroy();
    await once(destination, 'close');
    expect(writer.isDone).toBe(true);
    writer.write('late\n');
  });
});
