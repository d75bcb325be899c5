import { EchoError } from '../errors';
import { parseQuantity } from './parseQuantity';

/** Reads a rate in bytes per second: `1mbit`, `256kbit`, `1000kB/s`, `2MiB/s`. */
export const parseRate = (text: string): number => {
  if (/kbps$/i.test(text)) {
    throw new EchoError(
      'ERR_ECHO_OPTION',
      `kbps is ambiguous (kilobytes in tc, kilobits in browsers); expected ${text.replace(/kbps$/i, 'kbit')} or ${text.replace(/kbps$/i, 'kB/s')}`,
    );
  }
  return parseQuantity(text, {
    noun: 'rate',
    units: {
      bit: 1 / 8,
      kbit: 1000 / 8,
      mbit: 1e6 / 8,
      gbit: 1e9 / 8,
      'B/s': 1,
      'kB/s': 1000,
      'KiB/s': 1024,
      'MB/s': 1e6,
      'MiB/s': 1024 ** 2,
    },
    examples: '1mbit, 256kbit or 1000kB/s',
    meant: ['kbit', 'kB/s'],
  });
};
