import type { Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { parseDuration } from '../../format/parseDuration';
import { parsePercent } from '../../format/parsePercent';
import type { FaultScope } from '../kit/faultScope';

type ScopeReader = (text: string | undefined) => Partial<FaultScope>;

const transports: ReadonlyMap<string, readonly Transport[]> = new Map([
  ['tcp', ['tcp']],
  ['udp', ['udp']],
  ['both', ['tcp', 'udp']],
]);

const on = (text: string): Partial<FaultScope> => {
  const found = transports.get(text);
  if (found) return { on: found };
  throw option(`invalid on "${text}"; expected ${[...transports.keys()].join(', ')}`);
};

const conn = (text: string): Partial<FaultScope> => {
  const [, first, last = first] = /^([1-9]\d*)(?:-([1-9]\d*))?$/.exec(text) ?? [];
  if (Number(first) <= Number(last)) return { conn: [Number(first), Number(last)] };
  throw option(`invalid range "${text}"; expected conn=1 or conn=1-3`);
};

const valued =
  (key: string, read: (text: string) => Partial<FaultScope>): ScopeReader =>
  (text) => {
    if (text) return read(text);
    throw option(`${key} needs a value`);
  };

const off: ScopeReader = (text) => {
  if (text === undefined) return { off: true };
  throw option('off takes no value');
};

/** The parsers of the parameters that every fault has, by key. */
export const scopeParsers: ReadonlyMap<string, ScopeReader> = new Map([
  ['name', valued('name', (text) => ({ name: text }))],
  ['on', valued('on', on)],
  ['toxicity', valued('toxicity', (text) => ({ toxicity: parsePercent(text) }))],
  ['conn', valued('conn', conn)],
  ['after', valued('after', (text) => ({ afterMs: parseDuration(text) }))],
  ['for', valued('for', (text) => ({ forMs: parseDuration(text) }))],
  ['off', off],
]);

const option = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);
