import { EchoError } from '../errors';

/**
 * A number of things, from 1 up: `100`.
 *
 * @throws `ERR_ECHO_OPTION` that shows what was meant.
 */
export const parseCount = (text: string): number => {
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number.isSafeInteger(Number(text))) return Number(text);
  throw new EchoError('ERR_ECHO_OPTION', `"${text}" is no number of them: write a whole number from 1 up`);
};
