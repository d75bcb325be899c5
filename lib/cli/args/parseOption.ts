import { EchoError } from '../../errors';
import { parseDuration } from '../../format/parseDuration';
import { parseSize } from '../../format/parseQuantity';

const optionError = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);

/** @throws `ERR_ECHO_OPTION` unless the text is a port number, 0 to 65535. */
export const parsePort = (text: string): number => {
  if (/^\d+$/.test(text) && Number(text) <= 65535) return Number(text);
  throw optionError('expected a whole number from 0 to 65535');
};

/** @throws `ERR_ECHO_OPTION` unless the text is a whole number. */
export const parseSeed = (text: string): number => {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw optionError('expected a whole number');
};

/** @throws `ERR_ECHO_OPTION` for a size under 1 MiB, which the reads of one connection would fill. */
export const parseBufferedSize = (text: string): number => {
  const bytes = parseSize(text);
  if (bytes >= 1024 ** 2) return bytes;
  throw optionError(`${text} is too small; expected at least 1MiB, which one connection may need`);
};

/** @throws `ERR_ECHO_OPTION` for a size that is not from 4 KiB to 1 GiB. */
export const parseReceiveBuffer = (text: string): number => {
  const bytes = parseSize(text);
  if (bytes >= 4096 && bytes <= 1024 ** 3) return bytes;
  throw optionError(`${text} is out of range; expected 4KiB to 1GiB`);
};

/** @throws `ERR_ECHO_OPTION` for a duration under 100 ms, for which any peer may be silent. */
export const parseIdleTimeout = (text: string): number => {
  const ms = parseDuration(text);
  if (ms >= 100) return ms;
  throw optionError(`${text} is too short; expected at least 100ms`);
};
