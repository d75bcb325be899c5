import { randomInt } from 'node:crypto';

/** A seed that nobody gave: a whole number that survives JSON, a command line and a reader. */
export const randomSeed = (): number => randomInt(2 ** 48 - 1);
