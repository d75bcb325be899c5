import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultLog } from '../../../lib/cli/stages/faultLog';

describe('faultLog', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccecho-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('writes each decision as a JSON line, with the time since the start', async () => {
    const file = join(folder, 'faults.ndjson');
    const log = faultLog(file);
    log.write({ transport: 'tcp', conn: 1, fault: 'loss', action: 'lose', offset: 1460 });
    log.write({ transport: 'udp', conn: 2, fault: 'loss', action: 'lose', index: 3 });
    await log.close();
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const records = lines.map((line) => JSON.parse(line) as { t: number });
    expect(records).toEqual([
      { t: expect.any(Number) as number, transport: 'tcp', conn: 1, fault: 'loss', action: 'lose', offset: 1460 },
      { t: expect.any(Number) as number, transport: 'udp', conn: 2, fault: 'loss', action: 'lose', index: 3 },
    ]);
    expect(records[0]!.t).toBeLessThanOrEqual(records[1]!.t);
  });

  it('throws when the file cannot be opened, and names it', () => {
    const file = join(folder, 'nowhere', 'faults.ndjson');
    expect(() => faultLog(file)).toThrow(
      expect.objectContaining({
        code: 'ERR_ECHO_OPTION',
        message: expect.stringMatching(new RegExp(`^--fault-log ${file}: ENOENT`)) as string,
      }) as Error,
    );
  });
});
