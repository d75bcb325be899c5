import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sources = join(__dirname, '..', '..', 'bench', 'peers');

/** How a compiler is asked whether it is there, and how it makes a program of a source. */
const compilers = {
  gcc: { asks: '--version', build: (output: string) => ['-O2', '-o', output] },
  go: { asks: 'version', build: (output: string) => ['build', '-o', output] },
} as const;

/** Whether a program is on this machine, and does what it is asked. */
export const runs = (file: string, ...words: readonly string[]): boolean => spawnSync(file, words).status === 0;

/** Builds one of the sources in `peers`; returns the program, or in one line why there is none. */
export const compiled = (tool: keyof typeof compilers, source: string): { program: string } | { reason: string } => {
  const { asks, build } = compilers[tool];
  if (!runs(tool, asks)) return { reason: `there is no ${tool}` };
  const program = join(mkdtempSync(join(tmpdir(), 'ccecho-bench-')), 'program');
  return runs(tool, ...build(program), join(sources, source)) ? { program } : { reason: `${tool} did not build it` };
};
