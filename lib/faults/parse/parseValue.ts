import { EchoError } from '../../errors';
import { parseDuration } from '../../format/parseDuration';
import { parsePercent } from '../../format/parsePercent';
import { parseRate } from '../../format/parseRate';
import { parseQuantity, parseSize } from '../../format/parseQuantity';
import type { Parameter, ParameterKind } from '../kit/defineFault';

/**
 * Parses the value of a parameter into library units.
 *
 * @throws `ERR_ECHO_OPTION` that shows the syntax of the value.
 */
export const parseValue = (text: string, parameter: Parameter): unknown => readers[parameter.kind](text, parameter);

/** Parses a share that may be too small for per cent, for example 1e-6. */
const ratio = (text: string): number =>
  /^(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : parsePercent(text);

const count = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text);
  throw option(`invalid number "${text}"; expected a whole number`);
};

const frames = (text: string): number =>
  parseQuantity(text, {
    noun: 'number of frames',
    units: { frames: 1, frame: 1 },
    examples: '10frames',
    meant: ['s', 'KiB'],
  });

const choice = (text: string, { choices = [], key }: Parameter): string => {
  if (choices.includes(text)) return text;
  throw option(`invalid ${key} "${text}"; expected ${choices.join(', ')}`);
};

const readers: Readonly<Record<ParameterKind, (text: string, parameter: Parameter) => unknown>> = {
  duration: parseDuration,
  size: parseSize,
  rate: parseRate,
  probability: parsePercent,
  ratio,
  count,
  frames,
  choice,
};

const option = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', message);
