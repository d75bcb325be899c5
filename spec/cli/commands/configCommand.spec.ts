import { NEVER } from 'rxjs';
import { run } from '../../../lib/cli/run';
import { Transcript } from '../../support/process';

const said = async (env: Record<string, string>, ...words: string[]): Promise<[number, string[], string]> => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const status = await run(['config', ...words], { stdout, stderr, signal$: NEVER, env });
  return [status, stdout.lines.map((line) => line.replace(/ {2,}/g, ' | ')), stderr.text];
};

describe('ccecho config', () => {
  it('prints each option, what it comes to, and where that is from', async () => {
    const [status, lines] = await said({ CCECHO_LOG_LEVEL: 'debug' }, '--host', '::1', '--host', '127.0.0.1', '-udp');
    expect(status).toBe(0);
    expect(lines[0]).toBe('OPTION | VALUE | FROM');
    expect(lines).toEqual(
      expect.arrayContaining([
        'udp | true | --udp',
        'port | 7 | default',
        'host | ::1 127.0.0.1 | --host',
        'grace | 10s | default',
        'log-level | debug | CCECHO_LOG_LEVEL',
        expect.stringMatching(/^max-connections \| \d+ \| default$/),
      ]),
    );
  });

  it.each([
    ['--grace 10s', 'tcp | true | default'],
    ['-udp', 'tcp | - | default'],
    ['-tcp -udp', 'tcp | true | --tcp'],
  ])('shows for %s whether TCP is served: %s', async (words, row) => {
    expect((await said({}, ...words.split(' ')))[1]).toContain(row);
  });

  it('prints the access lists and the workers', async () => {
    const [, lines] = await said({ CCECHO_DENY: '192.0.2.7', CCECHO_WORKERS: '2' }, '--allow', '192.0.2.0/24');
    expect(lines).toEqual(
      expect.arrayContaining([
        'allow | 192.0.2.0/24 | --allow',
        'deny | 192.0.2.7 | CCECHO_DENY',
        'udp-ignore-ports | reserved | default',
        'udp-max-rate | - | default',
        'udp-wildcard | - | default',
        'workers | 2 | CCECHO_WORKERS',
      ]),
    );
  });

  it('warns on stderr of unknown variables', async () => {
    const [status, lines, stderr] = await said({ CCECHO_PROT: '1' });
    expect([status, lines[0]]).toEqual([0, 'OPTION | VALUE | FROM']);
    expect(stderr).toBe('ccecho: warning: CCECHO_PROT: unknown variable: did you mean CCECHO_PORT?\n');
  });

  it('refuses what a server would refuse', async () => {
    const [status, lines, stderr] = await said({ CCECHO_PORT: 'x' });
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toMatch(/^ccecho: CCECHO_PORT: [^\n]*\n$/);
  });
});
