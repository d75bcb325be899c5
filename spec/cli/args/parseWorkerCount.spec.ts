import { availableParallelism } from 'node:os';
import { workerCount } from '../../../lib/cli/args/parseWorkerCount';

describe('workerCount', () => {
  it('reads a number', () => {
    expect([workerCount('1'), workerCount('256')]).toEqual([1, 256]);
  });

  it('takes auto for a worker a core', () => {
    expect(workerCount('auto')).toBe(availableParallelism());
  });

  it.each(['0', '257', '-1', '1.5', '2x', '', ' ', '1e1', 'all'])('refuses %j', (text) => {
    expect(() => workerCount(text)).toThrow('Workers are a whole number from 1 to 256, or auto');
  });
});
