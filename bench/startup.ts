/**
 * How long does ccecho take to start, in starts of Node itself? Every round starts each of them once, so that a busy
 * machine is busy for all, and a ratio is of one round. `npm run bench:startup`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { quantile } from './quantile';

const ROUNDS = 21;

const ccecho = join(__dirname, '../bin/ccecho.js');
const library = JSON.stringify(join(__dirname, '../lib'));

/** How long a process ran until it ended well, in milliseconds. */
const endedMs = async (...words: readonly string[]): Promise<number> => {
  const startMs = performance.now();
  const child = spawn(process.execPath, words, { stdio: 'ignore' });
  const [status] = (await once(child, 'exit')) as [number];
  if (status !== 0) throw new Error(`node ${words.join(' ')} ended with ${status}`);
  return performance.now() - startMs;
};

/** How long the command ran until it said that it listens, in milliseconds. */
const listeningMs = async (): Promise<number> => {
  const startMs = performance.now();
  const child = spawn(process.execPath, [ccecho, '--host', '127.0.0.1', '--port', '0']);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const ms = performance.now() - startMs;
  child.kill();
  await once(child, 'exit');
  if (!line.includes('listening')) throw new Error(`It said: ${line.toString()}`);
  return ms;
};

/** What is started, and how many starts of Node it may take. */
const rows: readonly (readonly [name: string, bar: number, start: () => Promise<number>])[] = [
  ['ccecho --version', 2, () => endedMs(ccecho, '--version')],
  ['ccecho, until it listens', 3.5, listeningMs],
  [`node -e "require('ccecho')"`, 2.5, () => endedMs('-e', `require(${library})`)],
];

const main = async (): Promise<void> => {
  const nodeMs: number[] = [];
  const ratios = rows.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    const baseMs = await endedMs('-e', '0');
    nodeMs.push(baseMs);
    for (const [index, [, , start]] of rows.entries()) ratios[index]!.push((await start()) / baseMs);
  }
  console.log(`node -e 0: ${quantile(nodeMs, 0.5).toFixed(0)} ms, Node ${process.versions.node}, ${ROUNDS} rounds`);
  for (const [index, [name, bar]] of rows.entries()) {
    const [low, median, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios[index]!, q));
    const spread = `half of the rounds ${low!.toFixed(2)} to ${high!.toFixed(2)}`;
    console.log(`${median! <= bar ? 'ok  ' : 'MISS'} ${name}: ${median!.toFixed(2)} x node (${spread}; bar ${bar})`);
  }
};

void main();
