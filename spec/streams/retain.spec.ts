import { retain, readBuffer } from '../../lib/streams/retain';

describe('retain', () => {
  it('copies a view of the read buffer', () => {
    readBuffer.write('hello');
    const chunk = retain(readBuffer.subarray(0, 5));
    readBuffer.write('other');
    expect(chunk.toString()).toBe('hello');
  });

  it('leaves everything else as it is', () => {
    const chunk = Buffer.from('hello');
    expect(retain(chunk)).toBe(chunk);
    const plain = new Uint8Array(3);
    expect(retain(plain)).toBe(plain);
  });
});
