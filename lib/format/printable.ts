/**
 * Escapes characters that cannot be seen: control characters, which would move a terminal's cursor, as `\x1b`, and
 * invisible ones, such as a byte-order mark, as `\ufeff`.
 */
export const printable = (text: string): string =>
  // Control characters (C0, DEL and C1), format characters, and separators of lines and paragraphs.
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => escaped(char.codePointAt(0)!));

const escaped = (code: number): string => {
  const digits = code.toString(16);
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
};
