import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A configuration file in a folder of its own; `using` takes both away. */
export class ConfigFile implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ccecho-'));
  readonly path = join(this.#folder, 'ccecho.json');

  constructor(content: unknown) {
    this.write(content);
  }

  /** A text as it is, anything else as JSON. */
  write(content: unknown): void {
    writeFileSync(this.path, typeof content === 'string' ? content : JSON.stringify(content));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
