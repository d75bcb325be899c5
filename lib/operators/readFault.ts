import type { Transport } from '../endpoint';
import { EchoError } from '../errors';
import { duration } from '../units/duration';
import { nearest } from '../units/nearest';
import { probability } from '../units/probability';
import { rate } from '../units/rate';
import { readUnit } from '../units/readUnit';
import { size } from '../units/size';
import { aliases, catalogue } from './catalogue';
import { settle, type Fault, type Parameter, type ParameterKind } from './fault';
import type { FaultScope, FaultSpec } from './faultSpec';
import { presets } from './presets';

type AnyFault = Fault<Record<string, unknown>>;

/**
 * Reads one `--fault`: `NAME[=VALUE][,KEY=VALUE]…`, or the name of a preset, which is several.
 *
 * @throws `ERR_ECHO_OPTION` that names what is wrong and shows what was meant.
 */
export const readFaults = (text: string): FaultSpec[] =>
  (presets[text]?.faults ?? [translated(text)]).map((each) => readFault(each));

/** What one word means for more than a name: Toxiproxy's timeout swallows everything, then closes. */
const translated = (text: string): string => {
  const timeout = /^timeout=([^,]+)(.*)$/.exec(text);
  if (timeout) return `blackhole,for=${timeout[1]},then=close${timeout[2]}`;
  return text.replace(/^empty(?=,|$)/, 'limit=0B');
};

const readFault = (text: string): FaultSpec => {
  const [head = '', ...rest] = text.split(',');
  const [word = '', value] = split(head);
  const fault = faultNamed(word);
  const { name, parameters, transports } = fault.definition;
  const options: Record<string, unknown> = {};
  const scope: Record<string, unknown> = {};
  if (value !== undefined) readInto(options, fault, name, value);
  for (const part of rest) {
    const [key = '', given] = split(part);
    if (key in scopeReaders && !Object.values(parameters).some((parameter) => parameter.word === key)) {
      scopeReaders[key]!(scope, given ?? '', name);
    } else {
      readInto(options, fault, key, given);
    }
  }
  const complete: FaultScope = { ...defaultScope, name, on: transports, ...scope };
  const foreign = complete.on.filter((transport) => !transports.includes(transport));
  if (foreign.length > 0) throw refused(name, `it is for ${transports.join(' and ')} only`);
  settle(fault.definition, options, transports.length === 1 ? transports[0] : undefined);
  return { fault, options, scope: complete, text };
};

const split = (part: string): [string, string | undefined] => {
  const at = part.indexOf('=');
  return at < 0 ? [part, undefined] : [part.slice(0, at), part.slice(at + 1)];
};

const faultNamed = (word: string): AnyFault => {
  const found = catalogue.find(({ definition }) => definition.name === (aliases[word] ?? word));
  if (found) return found;
  const names = [
    ...catalogue.map(({ definition }) => definition.name),
    ...Object.keys(aliases),
    ...Object.keys(presets),
  ];
  const meant = nearest(word, names);
  throw new EchoError(
    'ERR_ECHO_OPTION',
    `there is no fault '${word}'${meant ? `: did you mean ${meant}?` : '; ccecho faults lists them'}`,
  );
};

/** Of the parameters with this word, the first whose unit the value has: `after=5s`, `after=64KiB`. */
const readInto = (
  options: Record<string, unknown>,
  { definition }: AnyFault,
  word: string,
  text: string | undefined,
): void => {
  const { name, parameters } = definition;
  const candidates = Object.entries(parameters).filter(([, parameter]) => parameter.word === word);
  if (candidates.length === 0) {
    const words = [
      ...new Set(Object.values(parameters).map((parameter) => parameter.word)),
      ...Object.keys(scopeReaders),
    ];
    const meant = nearest(word, words);
    throw refused(name, `it has no '${word}'${meant ? `: did you mean ${meant}?` : `; it has ${words.join(', ')}`}`);
  }
  if (text === undefined) throw refused(name, `${word} needs a value`);
  let wrong: unknown;
  for (const [option, parameter] of candidates) {
    try {
      options[option] = readers[parameter.kind](text, parameter);
      return;
    } catch (error) {
      wrong ??= error;
    }
  }
  throw refused(name, wrong instanceof Error ? wrong.message : String(wrong));
};

const readers: Readonly<Record<ParameterKind, (text: string, parameter: Parameter) => unknown>> = {
  duration,
  size,
  rate,
  probability,
  ratio: (text) => {
    if (/^\d*\.?\d+(e-?\d+)?$/i.test(text)) return Number(text);
    return probability(text);
  },
  count: (text) => {
    if (/^\d+$/.test(text)) return Number(text);
    throw new EchoError('ERR_ECHO_OPTION', `"${text}" is no whole number`);
  },
  frames: (text) =>
    readUnit(text, {
      noun: 'number of frames',
      units: { frames: 1, frame: 1 },
      examples: '10frames',
      meant: ['s', 'KiB'],
    }),
  choice: (text, { choices = [], word }) => {
    if (choices.includes(text)) return text;
    throw new EchoError('ERR_ECHO_OPTION', `${word} is one of ${choices.join(', ')}, not "${text}"`);
  },
};

const defaultScope = { toxicity: 1, conn: [1, Infinity], afterMs: 0, forMs: Infinity, off: false } as const;

/** The parameters that every fault has. */
const scopeReaders: Readonly<Record<string, (scope: Record<string, unknown>, text: string, name: string) => void>> = {
  name: (scope, text) => (scope['name'] = text),
  on: (scope, text, name) => {
    const transports: Readonly<Record<string, readonly Transport[]>> = {
      tcp: ['tcp'],
      udp: ['udp'],
      both: ['tcp', 'udp'],
    };
    scope['on'] = transports[text];
    if (!transports[text]) throw refused(name, `on is one of tcp, udp, both, not "${text}"`);
  },
  toxicity: (scope, text) => (scope['toxicity'] = probability(text)),
  conn: (scope, text, name) => {
    const [, first, last = first] = /^([1-9]\d*)(?:-([1-9]\d*))?$/.exec(text) ?? [];
    if (first === undefined || Number(last) < Number(first))
      throw refused(name, `"${text}" is no range of connections: write conn=1 or conn=1-3`);
    scope['conn'] = [Number(first), Number(last)];
  },
  after: (scope, text) => (scope['afterMs'] = duration(text)),
  for: (scope, text) => (scope['forMs'] = duration(text)),
  off: (scope, text, name) => {
    if (text !== '') throw refused(name, 'off has no value');
    scope['off'] = true;
  },
};

const refused = (name: string, message: string): EchoError => new EchoError('ERR_ECHO_OPTION', `${name}: ${message}`);
