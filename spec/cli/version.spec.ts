import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../lib/cli/version';

describe('version', () => {
  const root = join(__dirname, '../..');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

  it('is the one in package.json', () => {
    expect(version()).toBe(manifest.version);
  });

  it('finds the package from a folder below that has no package.json, as the built files are', () => {
    expect(version(join(root, 'dist/lib/cli'))).toBe(manifest.version);
  });
});
