import { isObservable } from 'rxjs';
import { EchoError } from './errors';

/** @throws `ERR_ECHO_OPTION` unless `source` can be sent: an Observable or an AsyncIterable. */
export function checkSource(source: unknown): void {
  if (isObservable(source)) return;
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) return;
  throw new EchoError(
    'ERR_ECHO_OPTION',
    `Expected \`source\` to be an Observable or an AsyncIterable, got ${kindOf(source)}`,
  );
}

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'an array: wrap it in from(…)';
  return value === null || value === undefined ? String(value) : `a ${typeof value}`;
};
