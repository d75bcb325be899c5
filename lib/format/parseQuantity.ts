import { EchoError } from '../errors';

/** The units of a quantity, each with its value in the unit of the library. */
export interface UnitSystem {
  /** Its name in a message: `duration`. */
  readonly noun: string;
  readonly units: Readonly<Record<string, number>>;
  /** Examples for a message: `500ms, 10s or 1m30s`. */
  readonly examples: string;
  /** The two units that a bare number may have meant. */
  readonly meant: readonly [string, string];
}

/**
 * Reads a quantity with its unit. The unit is mandatory, because the tools of the field do not agree on a default.
 *
 * @throws `ERR_ECHO_OPTION` with the text and the expected form.
 */
export const parseQuantity = (text: string, { noun, units, examples, meant }: UnitSystem): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(.*)$/.exec(text) ?? [];
  const worth = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (worth !== undefined) return Number(amount) * worth;
  if (unit === '') throw option(`${text} has no unit; expected ${text}${meant[0]} or ${text}${meant[1]}`);
  throw option(`invalid ${noun} "${text}"; expected for example ${examples}`);
};

const option = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);

/** Reads a number of bytes: `64KiB`, `100B`, `1.5MB`. */
export const parseSize = (text: string): number =>
  Math.round(
    parseQuantity(text, {
      noun: 'size',
      units: { B: 1, kB: 1000, KB: 1000, KiB: 1024, MB: 1e6, MiB: 1024 ** 2, GB: 1e9, GiB: 1024 ** 3 },
      examples: '100B, 64KiB or 1.5MB',
      meant: ['B', 'KiB'],
    }),
  );

/** Reads a frequency in times per second: `1000/s`, `90/min`. */
export const parseFrequency = (text: string): number =>
  parseQuantity(text, {
    noun: 'frequency',
    units: { '/s': 1, '/min': 1 / 60 },
    examples: '1000/s or 90/min',
    meant: ['/s', '/min'],
  });

/**
 * Reads a whole number, 1 or more.
 *
 * @throws `ERR_ECHO_OPTION` with the text and the expected form.
 */
export const parseCount = (text: string): number => {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number.isSafeInteger(Number(text))) return Number(text);
  throw new EchoError('ERR_ECHO_OPTION', `invalid number "${text}"; expected a whole number, 1 or more`);
};
