import { EchoError } from '../errors';

const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Longer delays fire at once in Node (2^31 - 1 ms), and are no delays but switches. */
const MOST_MS = 24 * UNITS_MS['h']!;

/**
 * A duration as people write it, in milliseconds: `500ms`, `10s`, `1m30s`, `1.5h`. The unit is mandatory: the tools of
 * the field do not agree on what a bare number means.
 *
 * @throws `ERR_ECHO_OPTION` that names the text and shows what was meant.
 */
export const parseDuration = (text: string): number => {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) throw notADuration(text);
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS_MS[unit!]!, 0);
  if (ms > MOST_MS) throw new EchoError('ERR_ECHO_OPTION', `${text} is too long; expected at most 24h`);
  return ms;
};

const notADuration = (text: string): EchoError =>
  new EchoError(
    'ERR_ECHO_OPTION',
    /^\d+(\.\d+)?$/.test(text)
      ? `${text} has no unit; expected ${text}s or ${text}ms`
      : `invalid duration "${text}"; expected for example 500ms, 10s or 1m30s`,
  );
