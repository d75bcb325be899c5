/**
 * What do the servers of the examples cost beside the same work on plain `node:net`? CPU time of the server for each operation;
 * every round runs both, one after the other, and a ratio is of one round. `npm run bench:servers`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantile } from './quantile';
import { script, Server, type Program } from './server';

const ROUNDS = 5;
const [SERVER_CORE, CLIENT_CORE] = [0, 1];

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
writeFileSync(join(folder, 'small'), 'x'.repeat(1000));
writeFileSync(join(folder, 'large'), '');
truncateSync(join(folder, 'large'), 256 * 1024 * 1024);

interface Row {
  readonly name: string;
  readonly bar: number;
  readonly operations: number;
  readonly ours: Program;
  readonly theirs: Program;
  /** The words of the client, for a port and a number of operations. */
  readonly client: (port: number, operations: number) => readonly string[];
}

const redis = (test: string, depth: number) => (port: number, operations: number) =>
  ['redis-benchmark', '-p', `${port}`, '-t', test, '-n', `${operations}`, '-P', `${depth}`, '-c', '50', '-q'] as const;

const memcached = (test: string) => (port: number, operations: number) => {
  const each = String(operations / 10);
  return ['memcslap', `--servers=127.0.0.1:${port}`, '--concurrency=10', `--execute-number=${each}`, `--test=${test}`];
};

const ab = (file: string) => (port: number, operations: number) => {
  const target = `http://127.0.0.1:${port}/${file}`;
  return ['ab', '-q', '-k', '-c', String(Math.min(operations, 20)), '-n', String(operations), target];
};

const example = (name: string): Program => script('example', name);

const rowsOf = (backends: readonly number[]): readonly Row[] => [
  ...(
    [
      ['redis GET', 'get', 1, 40_000],
      ['redis SET', 'set', 1, 40_000],
      ['redis GET, 16 under way', 'get', 16, 200_000],
      ['redis SET, 16 under way', 'set', 16, 200_000],
    ] as const
  ).map(([name, test, depth, operations]): Row => {
    const pair = { ours: example('redis'), theirs: script('netRedis') };
    return { name, bar: 1.1, operations, ...pair, client: redis(test, depth) };
  }),
  ...(['get', 'set'] as const).map((test): Row => {
    const pair = { ours: example('memcached'), theirs: script('netMemcached') };
    return { name: `memcached ${test}`, bar: 1.1, operations: 20_000, ...pair, client: memcached(test) };
  }),
  ...(
    [
      ['web, 1 kB', 'small', 5000],
      ['web, 256 MiB', 'large', 4],
    ] as const
  ).map(([name, file, operations]): Row => {
    const pair = { ours: example('web'), theirs: script('httpWeb', folder) };
    return { name, bar: 1.1, operations, ...pair, client: ab(file) };
  }),
  {
    name: 'balancer, beside stream.pipeline',
    bar: 1.15,
    operations: 40_000,
    ours: example('balancer'),
    theirs: script('pipelineBalancer', ...backends.map(String)),
    client: redis('ping_mbulk', 1),
  },
];

/** The CPU time of a server for one operation, in microseconds. */
const costUs = async (program: Program, { client, operations }: Row): Promise<number> => {
  const server = await Server.start(program);
  server.pinTo(SERVER_CORE);
  const run = (count: number): void => {
    const [, ...words] = client(server.port, count);
    const [command] = client(server.port, count);
    const { status, stderr } = spawnSync('taskset', ['-c', String(CLIENT_CORE), command!, ...words]);
    if (status !== 0) throw new Error(`${command}: ${String(stderr)}`);
  };
  // The code is compiled by then.
  run(operations >= 1000 ? operations / 4 : 1);
  const before = await server.usage();
  run(operations);
  const after = await server.usage();
  await server.kill();
  return (after.cpuUs - before.cpuUs) / operations;
};

const main = async (): Promise<void> => {
  const echoes = await Promise.all([Server.start(script('pipe')), Server.start(script('pipe'))]);
  for (const echo of echoes) echo.pinTo(CLIENT_CORE);
  process.env['ROOT'] = folder;
  process.env['BACKENDS'] = echoes.map(({ port }) => `127.0.0.1:${port}`).join(' ');
  for (const row of rowsOf(echoes.map(({ port }) => port))) {
    const ours: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const own = await costUs(row.ours, row);
      ours.push(own);
      ratios.push(own / (await costUs(row.theirs, row)));
    }
    const ratio = quantile(ratios, 0.5);
    const rounds = ratios.map((each) => each.toFixed(2)).join(' ');
    const cost = `${quantile(ours, 0.5).toFixed(1)} us an operation`;
    console.log(
      `${ratio <= row.bar ? 'ok  ' : 'MISS'} ${row.name}: ${ratio.toFixed(2)} (bar ${row.bar}; rounds ${rounds}), ${cost}`,
    );
  }
  for (const echo of echoes) await echo.kill();
  rmSync(folder, { recursive: true });
};

void main();
