import { availableParallelism } from 'node:os';
import { EchoError } from '../../errors';

/** Far more than cores; each worker is a process of some 50 MB. */
const MAX_WORKERS = 256;

/**
 * Reads a number of workers; `auto` is the number of cores that this process may use.
 *
 * @throws `ERR_ECHO_OPTION` unless it is `auto` or a whole number from 1 to 256.
 */
export const parseWorkerCount = (text: string): number => {
  if (text === 'auto') return Math.min(availableParallelism(), MAX_WORKERS);
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MAX_WORKERS) return count;
  throw new EchoError('ERR_ECHO_OPTION', `expected a whole number from 1 to ${MAX_WORKERS}, or auto`);
};
