import { EchoError } from '../errors';

/** One way to write a quantity: its units, each with its worth in the unit that the library counts in. */
export interface UnitSystem {
  /** What it is called in a message: `duration`. */
  readonly noun: string;
  readonly units: Readonly<Record<string, number>>;
  /** How to write it right, for a message: `500ms, 10s or 1m30s`. */
  readonly examples: string;
  /** The two units that a number without one may have meant. */
  readonly meant: readonly [string, string];
}

/**
 * Reads a quantity with its unit, which is mandatory: the tools of the field do not agree on what a bare number means.
 *
 * @throws `ERR_ECHO_OPTION` that shows what was meant.
 */
export const parseQuantity = (text: string, { noun, units, examples, meant }: UnitSystem): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(.*)$/.exec(text) ?? [];
  const worth = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (worth !== undefined) return Number(amount) * worth;
  if (unit === '') throw option(`${text} has no unit; expected ${text}${meant[0]} or ${text}${meant[1]}`);
  throw option(`invalid ${noun} "${text}"; expected for example ${examples}`);
};

const option = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);

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

/** How often, in times per second: `1000/s`, `90/min`. */
export const parseFrequency = (text: string): number =>
  parseQuantity(text, {
    noun: 'frequency',
    units: { '/s': 1, '/min': 1 / 60 },
    examples: '1000/s or 90/min',
    meant: ['/s', '/min'],
  });

/**
 * A number of things, from 1 up: `100`.
 *
 * @throws `ERR_ECHO_OPTION` that shows what was meant.
 */
export const parseCount = (text: string): number => {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number.isSafeInteger(Number(text))) return Number(text);
  throw new EchoError('ERR_ECHO_OPTION', `invalid number "${text}"; expected a whole number, 1 or more`);
};
