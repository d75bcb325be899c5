import { parseQuantity } from './parseQuantity';

/** A number of bytes: `64KiB`, `100B`, `1.5MB`. */
export const parseSize = (text: string): number =>
  Math.round(
    parseQuantity(text, {
      noun: 'size',
      units: { B: 1, kB: 1000, KB: 1000, KiB: 1024, MB: 1e6, MiB: 1024 ** 2, GB: 1e9, GiB: 1024 ** 3 },
      examples: '100B, 64KiB or 1.5MB',
      meant: ['B', 'KiB'],
    }),
  );
