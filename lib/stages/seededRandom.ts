import { randomInt, createHash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomNumbers } from '../stage';

/** The numbers of one generator; skipping numbers draws no more than these. */
const BLOCK = 65_536;

/**
 * Returns a generator of uniform numbers in [0, 1) that depends only on the names.
 *
 * Its state is the first 128 bits of the SHA-256 of the names. `seed + i` would not do: neighbouring seeds begin with
 * similar numbers.
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

/** Returns a random seed that survives JSON and a command line. */
export const randomSeed = (): number => randomInt(2 ** 48 - 1);
