import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itWhere } from './installed';

/** A disk of 64 KiB, in memory; `using` takes it away. */
export class SmallDisk implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ccecho-disk-'));
  readonly isMounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'ccecho', this.#folder], { stdio: 'ignore' }).status === 0;

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Fills it; but for the last pages of the files that are there, it has no room then. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.#folder);
    writeFileSync(this.path('full'), Buffer.alloc(Number(bavail) * Number(bsize)));
  }

  /** Gives it room again. */
  free(): void {
    rmSync(this.path('full'));
  }

  [Symbol.dispose](): void {
    if (this.isMounted) spawnSync('umount', [this.#folder]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const isPermitted = (): boolean => {
  using disk = new SmallDisk();
  return disk.isMounted;
};

/** `it`, where this user can mount a disk. */
export const itWithSmallDisk = itWhere(isPermitted(), 'this user may not mount a disk');
