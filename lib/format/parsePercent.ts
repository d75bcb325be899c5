import { EchoError } from '../errors';
import { parseQuantity } from './parseQuantity';

/**
 * Reads a probability, 0 to 1: `1%`, `0.1%`. The sign is mandatory: some tools read 0.02 as 2 %, tc reads it as 0.02 %.
 */
export const parsePercent = (text: string): number => {
  const bare = /^(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  if (bare !== undefined) {
    const share = Number(bare) <= 1 ? [Number((Number(bare) * 100).toPrecision(12))] : [];
    const meant = [...new Set([Number(bare), ...share])].map((percent) => `${percent}%`);
    throw new EchoError('ERR_ECHO_OPTION', `${text} has no unit; expected ${meant.join(' or ')}`);
  }
  const value = parseQuantity(text, {
    noun: 'probability',
    units: { '%': 0.01 },
    examples: '1% or 0.1%',
    meant: ['%', '%'],
  });
  if (value > 1) throw new EchoError('ERR_ECHO_OPTION', `${text} is too large; expected at most 100%`);
  return value;
};
