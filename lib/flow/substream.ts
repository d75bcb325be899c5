import { createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/**
 * A generator of uniform numbers in [0, 1), one of its own for each list of names: the same names give the same
 * numbers, and no other list's.
 *
 * The state is the first 128 bits of the SHA-256 of the names. Never `seed + i`: of neighbouring seeds the first draws
 * are all alike.
 */
export const substream = (...names: readonly (string | number)[]): (() => number) => {
  const hash = createHash('sha256').update(JSON.stringify(names)).digest();
  const state = [0, 4, 8, 12].map((offset) => hash.readInt32LE(offset));
  const generator = xoroshiro128plusFromState(state);
  return () => (generator.next() >>> 0) / 2 ** 32;
};
