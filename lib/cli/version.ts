import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version in the package.json of this package: the nearest one above, from the sources and from what is built. */
export const version = (folder = __dirname): string => {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return version(dirname(folder));
  }
};
