import { EchoError } from '../errors';

const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Node fires timers beyond 2^31 - 1 ms at once. */
const MOST_MS = 24 * UNITS_MS['h']!;

/**
 * Reads a duration in milliseconds: `500ms`, `10s`, `1m30s`, `1.5h`. The unit is mandatory, because the tools of the
 * field do not agree on a default.
 *
 * @throws `ERR_ECHO_OPTION` with the text and the expected form.
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
