import { NEVER } from 'rxjs';
import { commandNames } from '../../../lib/cli/args/parseArguments';
import { run } from '../../../lib/cli/run';
import { Transcript } from '../../support/process';

const outputOf = async (...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const status = await run(args, { stdout, stderr, signal$: NEVER });
  return { status, stdout: stdout.text, stderr: stderr.text };
};

describe('helpCommand', () => {
  it('prints the help of the server in every spelling', async () => {
    const { status, stdout } = await outputOf('help');
    expect(status).toBe(0);
    for (const args of [['--help'], ['-h'], ['serve', '--help'], ['help', 'serve']]) {
      expect(await outputOf(...args)).toEqual({ status: 0, stdout, stderr: '' });
    }
  });

  it.each([[], ...commandNames.map((name) => [name])])('fits 80 columns: help %s', async (...args) => {
    const { stdout } = await outputOf('help', ...args);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('has one line for each option, under headings', async () => {
    const { stdout } = await outputOf('help');
    const options = stdout.slice(stdout.indexOf('\nListening:'), stdout.indexOf('\nExamples:')).split('\n');
    expect(options.filter((line) => line !== '' && !/^(\S.*:| {2}-\S.* {2,}\S.*)$/.test(line))).toEqual([]);
  });

  it('shows how each command is used', async () => {
    for (const name of commandNames.filter((each) => each !== 'serve')) {
      expect((await outputOf('help', name)).stdout).toMatch(new RegExp(`^Usage: ccecho ${name}\\b`));
    }
  });

  it('rejects a command that it does not know, and names the nearest', async () => {
    expect(await outputOf('help', 'fautls')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining("unknown command 'fautls': did you mean faults?") as string,
    });
  });
});
