import type { Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { resolveOptions } from '../kit/defineFault';
import { findFault } from './findFault';
import type { FaultScope, FaultSpec } from '../kit/faultScope';
import { presets } from '../presets';
import { parseParameter } from './parseParameter';
import { scopeParsers } from './scopeParsers';

/**
 * Parses one `--fault` option.
 *
 * Syntax: `NAME[=VALUE][,KEY=VALUE]…`, or the name of a preset, which may have several faults.
 *
 * @throws `ERR_ECHO_OPTION` that names what is wrong and suggests a correction.
 */
export const parseFault = (text: string): FaultSpec[] => (presets[text]?.faults ?? [expandAlias(text)]).map(specOf);

/** Expands aliases that also set options: Toxiproxy's `timeout` discards everything, then closes. */
const expandAlias = (text: string): string =>
  text.replace(/^timeout=([^,]+)/, 'blackhole,for=$1,then=close').replace(/^empty(?=,|$)/, 'limit=0B');

const specOf = (text: string): FaultSpec => {
  const [head = '', ...parts] = text.split(',');
  const [word, value] = split(head);
  const fault = findFault(word);
  const { name, parameters, transports } = fault.definition;
  const own = Object.values(parameters).map((parameter) => parameter.key);
  const values = value === undefined ? parts : [`${name}=${value}`, ...parts];
  const read = values.map(split).map(([key, given]): { readonly option?: object; readonly scope?: object } => {
    const common = own.includes(key) ? undefined : scopeParsers.get(key);
    return inFault(name, () =>
      common ? { scope: common(given) } : { option: parseParameter(fault.definition, key, given) },
    );
  });
  const options = Object.assign({}, ...read.map((each) => each.option)) as Record<string, unknown>;
  const defaults = {
    name,
    on: transports,
    toxicity: 1,
    conn: [1, Infinity],
    afterMs: 0,
    forMs: Infinity,
    off: false,
  };
  const scope = Object.assign(defaults, ...read.map((each) => each.scope)) as FaultScope;
  const isUnsupported = (transport: Transport): boolean => !transports.includes(transport);
  if (scope.on.some(isUnsupported)) throw option(`${name}: works on ${transports.join(' and ')} only`);
  resolveOptions(fault.definition, options, transports.length === 1 ? transports[0] : undefined);
  return { fault, options, scope, text };
};

/** Splits a part at its first `=`. */
const split = (part: string): [key: string, value: string | undefined] => {
  const at = part.indexOf('=');
  return at < 0 ? [part, undefined] : [part.slice(0, at), part.slice(at + 1)];
};

/** Prefixes an error with the name of the fault. */
const inFault = <T>(name: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw error instanceof EchoError ? option(`${name}: ${error.message}`) : error;
  }
};

const option = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);
