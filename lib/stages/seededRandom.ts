import { randomInt, createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomNumbers } from '../stage';

/** After so many numbers comes a generator of its own: to skip some, no more than these are drawn. */
const BLOCK = 65_536;

/**
 * A generator of uniform numbers in [0, 1), one of its own for each list of names: the same names give the same
 * numbers, and no other list's.
 *
 * The state is the first 128 bits of the SHA-256 of the names. Never `seed + i`: of neighbouring seeds the first draws
 * are all alike.
 */
export const seededRandom = (...names: readonly (string | number)[]): RandomNumbers => {
  let drawn = 0;
  let generator = generatorOf(names);
  const next = (): number => {
    if (drawn === BLOCK) skip(0);
    drawn += 1;
    return (generator.next() >>> 0) / 2 ** 32;
  };
  let block = 0;
  const skip = (count: number): void => {
    const to = drawn + count;
    if (to >= BLOCK) {
      block += Math.floor(to / BLOCK);
      generator = generatorOf([...names, block]);
      drawn = 0;
    }
    for (const end = to % BLOCK; drawn < end; drawn += 1) generator.next();
  };
  return Object.assign(next, { skip });
};

const generatorOf = (names: readonly (string | number)[]) => {
  const hash = createHash('sha256').update(JSON.stringify(names)).digest();
  return xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => hash.readInt32LE(offset)));
};

/** A seed that nobody gave: a whole number that survives JSON, a command line and a reader. */
export const randomSeed = (): number => randomInt(2 ** 48 - 1);
