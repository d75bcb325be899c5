import { spawnSync } from 'node:child_process';
import { NEVER } from 'rxjs';
import { optionTable } from '../../../lib/cli/args/optionTable';
import { programs } from '../../../lib/cli/args/programs';
import { run } from '../../../lib/cli/run';
import { installed } from '../../support/installed';
import { Transcript } from '../../support/process';

const manual = async (...args: string[]): Promise<[status: number, text: string]> => {
  const stdout = new Transcript();
  return [await run(['man', ...args], { stdout, stderr: new Transcript(), signal$: NEVER }), stdout.text];
};

describe('manCommand', () => {
  installed('groff', '--version')(
    'prints a manual page that groff formats without a warning, with each option',
    async () => {
      const [status, page] = await manual();
      const groff = spawnSync('groff', ['-man', '-Tascii', '-ww', '-P-cbou'], { input: page });
      expect([status, groff.status, String(groff.stderr)]).toEqual([0, 0, '']);
      const text = String(groff.stdout);
      const tables = [optionTable, ...Object.values(programs).map(({ options }) => options)];
      for (const { flags, isHidden } of tables.flat().flatMap(({ options }) => options)) {
        if (!isHidden) expect(text).toContain(flags);
      }
      expect(text).toContain('--grace <duration>');
    },
  );

  it('rejects arguments', async () => expect(await manual('ls')).toEqual([2, '']));
});
