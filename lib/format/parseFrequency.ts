import { parseQuantity } from './parseQuantity';

/** How often, in times per second: `1000/s`, `90/min`. */
export const parseFrequency = (text: string): number =>
  parseQuantity(text, {
    noun: 'frequency',
    units: { '/s': 1, '/min': 1 / 60 },
    examples: '1000/s or 90/min',
    meant: ['/s', '/min'],
  });
