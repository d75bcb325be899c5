/** One-letter chunks, as marbles name them. */
export const chunks = (letters = 'abcdef'): Record<string, Buffer> =>
  Object.fromEntries([...letters].map((letter) => [letter, Buffer.from(letter)]));
