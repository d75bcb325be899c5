import { isObservable } from 'rxjs';
import { EchoError } from './errors';

/** @throws `ERR_ECHO_OPTION` unless `source` can be sent: an Observable or an AsyncIterable. */
export function checkSource(source: unknown): void {
  if (isObservable(source)) return;
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) return;
  const given = Array.isArray(source)
    ? 'an array: wrap it in from(…)'
    : source === null
      ? 'null'
      : `a ${typeof source}`;
  throw new EchoError('ERR_ECHO_OPTION', `Expected \`source\` to be an Observable or an AsyncIterable, got ${given}`);
}
