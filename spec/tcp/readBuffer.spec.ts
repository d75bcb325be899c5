import { owned, readBuffer } from '../../lib/tcp/readBuffer';

describe('owned', () => {
  it('copies what is only lent', () => {
    readBuffer.write('hello');
    const chunk = owned(readBuffer.subarray(0, 5));
    readBuffer.write('other');
    expect(chunk.toString()).toBe('hello');
  });

  it('leaves everything else as it is', () => {
    const chunk = Buffer.from('hello');
    expect(owned(chunk)).toBe(chunk);
    const plain = new Uint8Array(3);
    expect(owned(plain)).toBe(plain);
  });
});
