import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { itWhere } from './installed';

/** The package as it would be published, of what is built, installed beside nothing else. */
export interface Consumer {
  readonly folder: string;
  readonly files: readonly { readonly path: string }[];
  /** `it`, where the registry can be reached. */
  readonly it: (name: string, test: () => Promise<void>) => void;
  readonly write: (name: string, ...lines: readonly string[]) => string;
  /** Runs a program in the consumer's folder, and resolves with what it wrote; rejects with that when it failed. */
  readonly output: (program: string, ...words: readonly string[]) => Promise<string>;
  /** What the compiler says of files, strictly, without skipLibCheck and without the DOM. */
  readonly complaints: (...files: readonly string[]) => Promise<string>;
  readonly remove: () => void;
}

interface Packed {
  readonly filename: string;
  readonly files: Consumer['files'];
}

/** @param beside Packages that are installed before it. */
export const installPacked = (...beside: readonly string[]): Consumer => {
  const parent = mkdtempSync(join(tmpdir(), 'ccecho-package-'));
  const folder = join(parent, 'consumer');
  mkdirSync(folder);
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', parent], {
      cwd: join(__dirname, '../..'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  ) as [Packed];
  const installation = spawnSync(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', ...beside, join(parent, packed.filename)],
    { cwd: folder, encoding: 'utf8', timeout: 240_000 },
  );
  const [reason] =
    installation.status === 0 ? [] : (UNREACHABLE.exec(`${installation.error} ${installation.stderr}`) ?? []);
  if (installation.status !== 0 && !reason) throw new Error(`npm install failed:\n${installation.stderr}`);

  const write: Consumer['write'] = (name, ...lines) => {
    writeFileSync(join(folder, name), lines.join('\n'));
    return name;
  };
  const output: Consumer['output'] = (program, ...words) =>
    new Promise((resolve, reject) => {
      execFile(program, words, { cwd: folder }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stdout}${stderr}`));
        else resolve(stdout + stderr);
      });
    });
  const complaints: Consumer['complaints'] = (...files) => {
    write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
    // ix brings some of its own, of Node 13: a consumer has those of its Node.
    const nodeTypes = join(folder, 'node_modules/@types/node');
    rmSync(nodeTypes, { recursive: true, force: true });
    mkdirSync(dirname(nodeTypes), { recursive: true });
    symlinkSync(dirname(require.resolve('@types/node/package.json')), nodeTypes, 'junction');
    return output(process.execPath, require.resolve('typescript/bin/tsc'), '-p', folder);
  };
  const remove = (): void => rmSync(parent, { recursive: true });
  const it = itWhere(!reason, `the registry cannot be reached: ${reason}`);
  return { folder, files: packed.files, it, write, output, complaints, remove };
};

const UNREACHABLE = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTCACHED)/;

const compilerOptions = {
  strict: true,
  skipLibCheck: false,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022'],
  types: ['node'],
  module: 'nodenext',
};
