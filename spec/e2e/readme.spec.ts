import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEcho } from '../../lib/server/startEcho';
import { catalogueTable } from '../support/catalogueTable';
import { freePort } from '../support/freePort';

// `npm start` builds first, on a machine that is busy with the other specs.
jest.setTimeout(60_000);

const root = join(__dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const folded = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A table without the spaces and dashes that line its columns up. */
const unpadded = (table: string): string => folded(table.replace(/-{3,}/g, '---'));

/** The commands of the README with what they print: each begins with a `$`, its output follows. */
const consoles = [...readme.matchAll(/```console\n([\s\S]*?)```/g)].flatMap(([, block]) =>
  block!
    .split(/^\$ /m)
    .slice(1)
    .map((text) => ({ command: text.split('\n')[0]!, output: text.split('\n').slice(1).join('\n') })),
);

/** As the suite runs them: what is built in place of the installed word, and no second install of what is installed. */
const runnable = (command: string, port: number): string =>
  command
    .replace(/^npm ci && /, '')
    .replace(/(^| )ccecho /, '$1node dist/bin/ccecho.js ')
    .replaceAll('7007', String(port));

/** Prints of a server, until as much has come as is expected. */
const printed = async (server: ChildProcess, length: number): Promise<string> => {
  let text = '';
  for await (const chunk of server.stdout!) {
    text += String(chunk);
    if (folded(text).length >= length) break;
  }
  return text;
};

describe('README', () => {
  const isClient = (command: string): boolean => command.includes('nc ');
  const clients = consoles.filter(({ command }) => isClient(command));
  const servers = consoles.filter(({ command }) => !isClient(command));
  const hasNc = spawnSync('which', ['nc']).status === 0;

  it.each(servers)('prints what it promises for: $command', async ({ command, output }) => {
    const port = await freePort();
    const server = spawn('bash', ['-c', runnable(command, port)], { cwd: root, detached: true });
    const closed = once(server, 'close');
    const expected = folded(output.replaceAll('7007', String(port)));
    const text = await printed(server, expected.length);
    try {
      process.kill(-server.pid!, 'SIGTERM');
    } catch {
      // It was no server, and has ended by itself.
    }
    await closed;
    expect(folded(text).replace(/ccecho@\S+/g, 'ccecho@0.1.0')).toBe(expected);
  });

  (hasNc ? it : it.skip).each(clients)(
    `prints what it promises for: $command${hasNc ? '' : ' (skipped: nc is not installed)'}`,
    async ({ command, output }) => {
      const echo = await startEcho();
      const client = spawn('bash', ['-c', runnable(command, echo.port)], { cwd: root });
      const text = await printed(client, Infinity);
      await echo.stop();
      expect(text).toBe(output);
    },
  );

  it.each(
    [...readme.matchAll(/<!-- from (\S+) -->\s*```[jt]s\n([\s\S]*?)```/g)].map(([, file, code]) => ({ file, code })),
  )('shows the code of $file as it is', ({ file, code }) => {
    expect(folded(readFileSync(join(root, file!), 'utf8'))).toContain(folded(code!));
  });

  it('shows the catalogue as it is in the code', () => {
    const [before, shown, after] = readme.split(/(?<=<!-- catalogue:.*-->)\n|(?=<!-- \/catalogue -->)/);
    if (process.env['UPDATE_README'])
      writeFileSync(join(root, 'README.md'), `${before}\n\n${catalogueTable()}\n\n${after}`);
    else expect(unpadded(shown!)).toBe(unpadded(catalogueTable()));
  });

  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
