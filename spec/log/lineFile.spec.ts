import { LineFile } from '../../lib/log/lineFile';

/** A disk with room for so many bytes, which takes as much as there is room for. */
class Disk {
  content = '';

  constructor(public room: number) {}

  readonly write = (_fd: number, bytes: Uint8Array, offset: number): number => {
    const part = Buffer.from(bytes.subarray(offset, offset + this.room));
    if (part.byteLength === 0) throw new Error('ENOSPC');
    this.room -= part.byteLength;
    this.content += part.toString();
    return part.byteLength;
  };
}

/** Writes each line, and says what became of it. */
const fates = (file: LineFile, ...lines: readonly string[]): string[] =>
  lines.map((line) => {
    let fate = '';
    file.write(Buffer.from(line), (error) => (fate = error ? error.message : 'written'));
    return fate;
  });

describe('LineFile', () => {
  it('writes a line that the system takes in parts', () => {
    const disk = new Disk(100);
    const file = new LineFile(1, (fd, bytes, offset) => disk.write(fd, bytes.subarray(0, offset + 2), offset));
    expect(fates(file, 'hello\n')).toEqual(['written']);
    expect(disk.content).toBe('hello\n');
  });

  it('tries the next line when the disk was full', () => {
    const disk = new Disk(4);
    const file = new LineFile(1, disk.write);
    expect(fates(file, 'one\n', 'two\n', 'three\n')).toEqual(['written', 'ENOSPC', 'ENOSPC']);
    disk.room = 100;
    expect(fates(file, 'four\n')).toEqual(['written']);
    expect(disk.content).toBe('one\nfour\n');
  });

  it('does not take a line for lost of which the end alone is missing', () => {
    const disk = new Disk(3);
    const file = new LineFile(1, disk.write);
    expect(fates(file, 'one\n', 'two\n')).toEqual(['written', 'ENOSPC']);
    disk.room = 100;
    expect(fates(file, 'three\n')).toEqual(['written']);
    expect(disk.content).toBe('one\nthree\n');
  });

  it('ends a partly written line, so that the next one is whole', () => {
    const disk = new Disk(6);
    const file = new LineFile(1, disk.write);
    expect(fates(file, 'one\n', 'two\n')).toEqual(['written', 'ENOSPC']);
    disk.room = 1;
    expect(fates(file, 'three\n')).toEqual(['ENOSPC']);
    disk.room = 100;
    expect(fates(file, 'four\n', 'five\n')).toEqual(['written', 'written']);
    expect(disk.content).toBe('one\ntw\nfour\nfive\n');
  });
});
