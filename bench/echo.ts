/**
 * What does an echo of ccecho cost beside one written by hand? CPU a message of the server process, in interleaved
 * rounds on this machine. `npm run bench`, or a part of it: `npm run bench -- --shape "64 B" --rounds 5 --seconds 1`
 */
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { compiled } from './compiled';
import { contenders, type Contender } from './contenders';
import type { Seen, StartLoad } from './load';
import { nativeLoad } from './nativeLoad';
import { nodeLoad } from './nodeLoad';
import { Server, pin } from './server';
import { shapes, type Shape } from './shapes';
import { tableOf, type Row } from './table';

/** What one contender did in one round. */
export interface Run extends Seen {
  readonly cpuUsAMessage: number;
  readonly peakBytes: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Who starts the clients: C where there is gcc, since those on Node are as busy as the server, and set the pace. */
const clients = (): { readonly start: StartLoad; readonly said: string } => {
  const built = compiled('gcc', 'load.c');
  if ('reason' in built) return { start: nodeLoad, said: `clients on Node (${built.reason})` };
  return { start: nativeLoad(built.program), said: 'clients in C' };
};

const runOnce = async (contender: Contender, shape: Shape, start: StartLoad, seconds: number): Promise<Run> => {
  const server = await Server.start(contender.program(shape.transport));
  try {
    server.pinTo(0);
    const load = await start(shape.load, { ...shape, port: server.port });
    while ((await load.messages()) < shape.warmMessages) await pause(100);
    const before = await server.usage();
    load.reset();
    await pause(seconds * 1000);
    const after = await server.usage();
    const seen = await load.seen();
    await load.stop();
    const cpuUsAMessage = (after.cpuUs - before.cpuUs) / seen.messages;
    return { ...seen, cpuUsAMessage, peakBytes: after.peakBytes };
  } finally {
    await server.kill();
  }
};

/** Each round runs everyone once, and begins with another, so that what the machine does besides hits all alike. */
const compare = async (
  shape: Shape,
  field: readonly Contender[],
  start: StartLoad,
  rounds: number,
  seconds: number,
): Promise<Row[]> => {
  const runs = field.map((): Run[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let place = 0; place < field.length; place += 1) {
      const index = (place + round) % field.length;
      process.stderr.write(`\r\x1b[K${shape.name}: round ${round + 1} of ${rounds}, ${field[index]!.name}`);
      runs[index]!.push(await runOnce(field[index]!, shape, start, seconds));
    }
  }
  process.stderr.write('\r\x1b[K');
  return field.map(({ name }, index) => ({ shape: shape.name, name, runs: runs[index]!, baseline: runs[0]! }));
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      shape: { type: 'string', default: '' },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '1' },
      json: { type: 'string', default: 'bench.json' },
    },
  });
  const { present, skipped } = contenders();
  const { start, said } = clients();
  const pinned = cpus().length > 1 && pin(process.pid, 1);
  const [cpu] = cpus();
  const machine =
    `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}, ` +
    `Node ${process.versions.node}; ${pinned ? 'the server on one core, the clients on another' : 'nobody pinned to a core'}; ` +
    `${said}; ${values.rounds} interleaved rounds of ${values.seconds} s`;
  console.log(machine);
  for (const line of skipped) console.log(line);
  const rows: Row[] = [];
  for (const shape of shapes.filter(({ name }) => name.includes(values.shape))) {
    const { transport, does: doing = 'echo' } = shape;
    const field = present.filter(({ only = transport, does = 'echo' }) => only === transport && does === doing);
    rows.push(...(await compare(shape, field, start, Number(values.rounds), Number(values.seconds))));
  }
  const table = tableOf(rows);
  console.log(table.text);
  writeFileSync(values.json, `${JSON.stringify({ machine, rows: table.rows }, null, 2)}\n`);
  console.log(`written to ${values.json}`);
};

void main();
