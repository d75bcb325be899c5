import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { startEcho } from '../../lib/server/startEcho';
import { catalogueTable } from '../support/catalogueTable';
import { compileErrors } from '../support/compileErrors';
import { exampleModule } from '../support/docstrings';
import { freePort } from '../support/freePort';
import { optionTable } from '../support/optionTable';

// `npm start` builds first, on a machine that is busy with the other specs.
jest.setTimeout(60_000);

const root = join(__dirname, '../..');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.startsWith('api/'))
    .sort()
    .map((file) => join('docs', file)),
].map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));

const folded = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A table without the spaces and dashes that line its columns up. */
const unpadded = (table: string): string => folded(table.replace(/-{3,}/g, '---'));

/** The commands of a page with what they print: each begins with a `$`, its output follows. */
const consolesOf = (text: string) =>
  [...text.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map((entry) => ({ command: entry.split('\n')[0]!, output: entry.split('\n').slice(1).join('\n') })),
  );

/** As the suite runs them: what is built in place of the installed word, and no second install of what is installed. */
const runnable = (command: string, port: number): string =>
  command
    .replace(/^npm ci && /, '')
    .replace(/(^| )ccecho /, '$1node dist/bin/ccecho.js ')
    .replaceAll('7007', String(port));

/** What a server prints, until as much has come as is expected. */
const outputOf = async (server: ChildProcess, length: number): Promise<string> => {
  let text = '';
  for await (const chunk of server.stdout!) {
    text += String(chunk);
    if (folded(text).length >= length) break;
  }
  return text;
};

const consoles = pages.flatMap(({ name, text }) => consolesOf(text).map((entry) => ({ name, ...entry })));
const isClient = ({ command }: { command: string }): boolean => /\bnc |ccecho probe/.test(command);
const hasNc = spawnSync('which', ['nc']).status === 0;

describe('the documentation', () => {
  it.each(consoles.filter((entry) => !isClient(entry)))(
    'prints what $name promises for: $command',
    async ({ command, output }) => {
      const port = await freePort();
      const server = spawn('bash', ['-c', runnable(command, port)], { cwd: root, detached: true });
      const closed = once(server, 'close');
      const expected = folded(output.replaceAll('7007', String(port)));
      const text = await outputOf(server, expected.length);
      try {
        process.kill(-server.pid!, 'SIGTERM');
      } catch {
        // It was no server, and has ended by itself.
      }
      await closed;
      expect(folded(text).replace(/ccecho@\S+/g, 'ccecho@0.1.0')).toBe(expected);
    },
  );

  (hasNc ? it : it.skip).each(consoles.filter(isClient))(
    `prints what $name promises for: $command${hasNc ? '' : ' (skipped: nc is not installed)'}`,
    async ({ command, output }) => {
      const echo = await startEcho({ tcp: true, udp: true });
      const client = spawn('bash', ['-c', runnable(command, echo.port)], { cwd: root });
      const text = await outputOf(client, Infinity);
      await echo.stop();
      expect(text.replaceAll(String(echo.port), '7007').replace(/ +$/gm, '')).toBe(output);
    },
  );

  const quotes = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/<!-- from (\S+) -->\s*```[jt]s\n([\s\S]*?)```/g)].map(([, file, code]) => ({
      name,
      file,
      code,
    })),
  );
  it.each(quotes)('shows in $name the code of $file as it is', ({ file, code }) => {
    expect(folded(readFileSync(join(root, file!), 'utf8'))).toContain(folded(code!));
  });

  it('has code blocks that compile', () => {
    const blocks = pages.flatMap(({ name, text }) =>
      [...text.matchAll(/(<!-- from \S+ -->\s*)?```ts\n([\s\S]*?)```/g)]
        .filter(([, quoted]) => quoted === undefined)
        .map(([, , code], index) => {
          const where = `${name}, block ${index + 1}`;
          return { where, source: exampleModule({ where, module: 'index', code: code! }) };
        }),
    );
    expect(blocks.length).toBeGreaterThan(2);
    expect(compileErrors(blocks)).toEqual([]);
  });

  it.each([
    ['docs/faults.md', 'catalogue', catalogueTable],
    ['docs/cli.md', 'options', optionTable],
  ])('shows in %s the %s as they are in the code', (name, marker, table) => {
    const path = join(root, name);
    const [before, shown, after] = readFileSync(path, 'utf8').split(
      new RegExp(`(?<=<!-- ${marker}:.*-->)\\n|(?=<!-- /${marker} -->)`),
    );
    if (process.env['UPDATE_DOCS']) writeFileSync(path, `${before}\n\n${table()}\n\n${after}`);
    else expect(unpadded(shown!)).toBe(unpadded(table()));
  });

  it('shows the picture that its script draws', () => {
    const drawn = spawnSync(process.execPath, ['docs/images/marbles.mjs', '-'], { cwd: root });
    expect(String(drawn.stdout)).toBe(readFileSync(join(root, 'docs/images/echo.svg'), 'utf8'));
  });

  it('links to files that exist', () => {
    const links = pages.flatMap(({ name, text }) =>
      [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => join(dirname(name), path!)),
    );
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('shows the API as typedoc makes it from the docstrings', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccecho-'));
    const made = spawnSync('npx', ['typedoc', '--logLevel', 'Error', '--out', folder], { cwd: root });
    expect([made.status, String(made.stderr)]).toEqual([0, '']);
    const filesOf = (path: string) =>
      readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.md'))
        .sort();
    const changed = filesOf(folder).filter((file) => {
      const path = join(root, 'docs/api', file);
      return !existsSync(path) || readFileSync(path, 'utf8') !== readFileSync(join(folder, file), 'utf8');
    });
    // `npm run docs` makes them anew.
    expect(changed).toEqual([]);
    expect(filesOf(join(root, 'docs/api'))).toEqual(filesOf(folder));
    rmSync(folder, { recursive: true });
  });

  it('lists each page in the index', () => {
    const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
    const names = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md') && file !== 'README.md');
    expect(names.filter((name) => !index.includes(`(${relative('.', name)})`))).toEqual([]);
  });

  it('names each error code', () => {
    const codes = readFileSync(join(root, 'lib/errors.ts'), 'utf8').match(/^ {2}\| 'ERR_ECHO_\w+'/gm)!;
    const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
    expect(codes.map((code) => code.slice(5, -1)).filter((code) => !page.includes(`| \`${code}\``))).toEqual([]);
  });
});
