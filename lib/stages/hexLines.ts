/** Bytes as `hexdump -C` shows them: the place in the stream, 16 bytes, their characters. */
export const hexLines = (chunk: Buffer, offset: number): string[] =>
  Array.from({ length: Math.ceil(chunk.byteLength / 16) }, (_, row) => {
    const bytes = chunk.subarray(row * 16, row * 16 + 16);
    const hex = [...bytes].map((byte, column) => byte.toString(16).padStart(2, '0') + (column === 7 ? ' ' : ''));
    const characters = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    const place = (offset + row * 16).toString(16).padStart(8, '0');
    return `${place}  ${hex.join(' ').padEnd(49)} |${characters.join('')}|`;
  });
