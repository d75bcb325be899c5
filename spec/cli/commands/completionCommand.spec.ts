import { spawnSync } from 'node:child_process';
import { NEVER } from 'rxjs';
import { run } from '../../../lib/cli/run';
import { installed } from '../../support/installed';
import { Transcript } from '../../support/process';

const outputOf = async (...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const status = await run(['completion', ...args], { stdout, stderr, signal$: NEVER });
  return { status, stdout: stdout.text, stderr: stderr.text };
};

describe('completionCommand', () => {
  installed('bash', '--version')('completes commands, options, values and faults in bash', async () => {
    const { stdout: script } = await outputOf('bash');
    const completed = (...words: string[]): string[] => {
      const ask = `COMP_WORDS=(ccecho ${words.join(' ')}); COMP_CWORD=${words.length}; _ccecho; echo "\${COMPREPLY[@]}"`;
      const bash = spawnSync('bash', ['-c', `${script}\n${ask}`]);
      expect(String(bash.stderr)).toBe('');
      return String(bash.stdout).trim().split(' ');
    };
    expect(completed('co')).toEqual(['config', 'completion']);
    expect(completed('--log')).toEqual(['--log-level', '--log-format']);
    expect(completed('--log-format', '""')).toEqual(['text', 'json']);
    expect(completed('--fault', 'lat')).toEqual(['latency']);
    expect(completed('faults', 'sat')).toEqual(['satellite']);
    expect(completed('--port', '7', 'conf')).toEqual(['']);
    expect(completed('--config', 'package.j')).toEqual(['package.json']);
    expect(completed('probe', '--max-')).toEqual(['--max-loss', '--max-rtt', '--max-consecutive-loss']);
    expect(completed('probe', '--count', '""')).toEqual(['']);
    expect(completed('check', '--f')).toEqual(['']);
  });

  installed('fish', '--version')('completes commands, options and faults in fish', async () => {
    const { stdout: script } = await outputOf('fish');
    const completed = (line: string): string[] => {
      const fish = spawnSync('fish', ['--no-config', '-c', `${script}\ncomplete -C '${line}'`]);
      expect(String(fish.stderr)).toBe('');
      return String(fish.stdout)
        .trim()
        .split('\n')
        .map((each) => each.split('\t')[0]!);
    };
    expect(completed('ccecho conf')).toEqual(['config']);
    expect(completed('ccecho --log-f')).toEqual(['--log-format']);
    expect(completed('ccecho --fault lat')).toEqual(['latency']);
    expect(completed('ccecho load --con')).toEqual(['--connections']);
  });

  installed('zsh', '--version')('is a script that zsh takes', async () => {
    const zsh = spawnSync('zsh', ['-n'], { input: (await outputOf('zsh')).stdout });
    expect([zsh.status, String(zsh.stderr)]).toEqual([0, '']);
  });

  it.each([[[]], [['ksh']], [['bash', 'zsh']]])('rejects %j with status 2, and names the shells', async (args) => {
    const { status, stdout, stderr } = await outputOf(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('expected bash, zsh or fish');
  });
});
