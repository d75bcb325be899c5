/**
 * How far is `ccecho probe` from a client in C? Everything runs on one CPU, so that the scheduler cannot place the programs
 * differently; each round runs all, and a difference is of one round. `npm run bench:probe`
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { compiled } from './compiled';
import { quantile } from './quantile';

const ROUNDS = 5;
const CPU = '0';
const OTHER_CPU = '1';

const ccecho = join(__dirname, '../bin/ccecho.js');

const startOn = (cpu: string, words: readonly string[]): ChildProcess =>
  spawn('taskset', ['-c', cpu, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });

/** Starts a program that prints its port. */
const serving = async (words: readonly string[]): Promise<{ port: string; child: ChildProcess }> => {
  const child = startOn(CPU, words);
  const [port] = (await once(createInterface(child.stdout!), 'line')) as [string];
  return { port, child };
};

const outputOf = (words: readonly string[], cpu = CPU): Promise<string> => text(startOn(cpu, words).stdout!);

interface Document {
  readonly messages: number;
  readonly rttNs: { readonly p50: number };
  readonly latenessNs: { readonly p99: number };
}

const document = async (words: readonly string[], cpu = CPU): Promise<Document> =>
  JSON.parse(await outputOf([process.execPath, ccecho, ...words, '--json'], cpu)) as Document;

const programOf = (source: string): string => {
  const built = compiled('gcc', source);
  if ('reason' in built) throw new Error(built.reason);
  return built.program;
};

/** Prints the best of the rounds, which is what the programs can do, and the median. */
const report = (name: string, unit: string, differences: readonly number[], least: number, most: number): void => {
  const best = Math.min(...differences);
  const median = quantile(differences, 0.5);
  const isMet = best >= least && best <= most;
  const shown = differences.map((each) => each.toFixed(1)).join(' ');
  console.log(
    `${isMet ? 'ok  ' : 'MISS'} ${name}: best ${best.toFixed(1)}, median ${median.toFixed(1)} ${unit} ` +
      `(bar ${least} to ${most}; rounds ${shown})`,
  );
};

const main = async (): Promise<void> => {
  const [echo, ping, relay] = ['echo.c', 'ping.c', 'relay.c'].map(programOf) as [string, string, string];
  const { port, child } = await serving([echo, 'udp']);
  const pinged = async (count: number, intervalUs: number, cpu = CPU): Promise<number> =>
    Number((await outputOf([ping, port, String(count), String(intervalUs), '64'], cpu)).split(' ')[2]);
  const p50Us = async (words: readonly string[], cpu = CPU): Promise<number> =>
    (await document(words, cpu)).rttNs.p50 / 1000;
  const probe = (to: string, count: string): string[] => [
    'probe',
    '-udp',
    `127.0.0.1:${to}`,
    '-i',
    '10ms',
    '-c',
    count,
  ];

  const pingPong: number[] = [];
  const every10Ms: number[] = [];
  const half: number[] = [];
  const missing: number[] = [];
  const relayed = new Map<number, number[]>([
    [2000, []],
    [20_000, []],
  ]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const fastestUs = await pinged(20_000, 0);
    pingPong.push((await p50Us(['load', '-udp', `127.0.0.1:${port}`, '--count', '50000'])) - fastestUs);
    every10Ms.push((await p50Us(probe(port, '200'))) - (await pinged(200, 10_000)));
    // On two CPUs, at half of the rate at which the client in C sends when each answer has come.
    const perSecond = Math.round(1e6 / (await pinged(20_000, 0, OTHER_CPU)) / 2);
    const halfway = ['load', '-udp', `127.0.0.1:${port}`, '--rate', `${perSecond}/s`, '--count', String(perSecond)];
    const { messages, rttNs } = await document(halfway, OTHER_CPU);
    half.push(rttNs.p50 / 1000 - (await pinged(perSecond, 1e6 / perSecond, OTHER_CPU)));
    missing.push(perSecond - messages);
    for (const [delayUs, differences] of relayed) {
      const { port: through, child: process } = await serving([relay, port, String(delayUs)]);
      const rttUs = await p50Us(probe(through, '100'));
      process.stdin!.end();
      const trueUs = Number(await text(process.stdout!));
      differences.push(rttUs - trueUs);
    }
  }
  report('ping-pong, p50 above C', 'us', pingPong, -10, 8);
  report('every 10 ms, p50 above C', 'us', every10Ms, -10, 150);
  for (const [delayUs, each] of relayed) report(`a delay of ${delayUs / 1000} ms, p50 above it`, 'us', each, 0, 300);
  report("at half of C's maximum, p50 above C", 'us', half, -100, 30);
  report("at half of C's maximum, not back", 'datagrams', missing, 0, 0);

  const lateness: number[] = [];
  const missingAtMost: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const load = ['load', '-udp', `127.0.0.1:${port}`, '--rate', '50000/s', '--count', '100000'];
    const { messages, latenessNs } = await document(load, OTHER_CPU);
    lateness.push(latenessNs.p99 / 1e6);
    missingAtMost.push(100_000 - messages);
  }
  report('50,000 a second from a core of its own, p99 of lateness', 'ms', lateness, 0, 5);
  report('50,000 a second, not back of 100,000', 'datagrams', missingAtMost, 0, 0);
  child.kill();
};

void main();
