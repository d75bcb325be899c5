import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Returns the version of this package, from the nearest package.json above. */
export const version = (folder = __dirname): string => {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return version(dirname(folder));
  }
};
