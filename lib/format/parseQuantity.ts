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
  if (unit === '') throw option(`${text} has no unit: write ${text}${meant[0]} or ${text}${meant[1]}`);
  throw option(`"${text}" is no ${noun}: write for example ${examples}`);
};

const option = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);
