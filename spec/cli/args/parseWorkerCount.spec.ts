import { availableParallelism } from 'node:os';
import { parseWorkerCount } from '../../../lib/cli/args/parseWorkerCount';

describe('parseWorkerCount', () => {
  it('reads a number', () => {
    expect([parseWorkerCount('1'), parseWorkerCount('256')]).toEqual([1, 256]);
  });

  it('takes auto for a worker a core', () => {
    expect(parseWorkerCount('auto')).toBe(availableParallelism());
  });

  it.each(['0', '257', '-1', '1.5', '2x', '', ' ', '1e1', 'all'])('refuses %j', (text) => {
    expect(() => parseWorkerCount(text)).toThrow('expected a whole number from 1 to 256, or auto');
  });
});
