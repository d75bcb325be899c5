/**
 * What do five stages cost that have nothing to do? CPU a message of the server process, 64 bytes to and fro on 50
 * connections, with and without them, in interleaved rounds. `npm run bench:stages`
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Server } from './server';

const CONNECTIONS = 50;
const ROUNDS = 9;
const ROUND_MS = 1500;
const message = Buffer.alloc(64, 'm');

/** Plays ping-pong on a connection until `endMs`; resolves with the number of messages that came back. */
const pingPong = async (socket: Socket, endMs: number): Promise<number> => {
  let messages = 0;
  let bytes = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.byteLength;
    if (bytes < message.byteLength) return;
    bytes = 0;
    messages += 1;
    if (performance.now() < endMs) socket.write(message);
    else socket.end();
  });
  socket.write(message);
  await once(socket, 'close');
  return messages;
};

const cpuUsAMessage = async (server: Server): Promise<number> => {
  const sockets = Array.from({ length: CONNECTIONS }, () =>
    connect({ port: server.port, host: '127.0.0.1', noDelay: true }),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const before = await server.usage();
  const endMs = performance.now() + ROUND_MS;
  const counts = await Promise.all(sockets.map((socket) => pingPong(socket, endMs)));
  const after = await server.usage();
  return (after.cpuUs - before.cpuUs) / counts.reduce((sum, count) => sum + count, 0);
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const main = async (): Promise<void> => {
  const plain = await Server.start(0);
  const staged = await Server.start(5);
  for (const server of [plain, staged]) await cpuUsAMessage(server);
  const ratios: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [without, withFive] = [await cpuUsAMessage(plain), await cpuUsAMessage(staged)];
    ratios.push(withFive / without);
    console.log(
      `round ${round}: ${without.toFixed(2)} µs, with five stages ${withFive.toFixed(2)} µs: ${(withFive / without).toFixed(3)}`,
    );
  }
  console.log(
    `median of ${ROUNDS} paired ratios: ${median(ratios).toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})`,
  );
  await Promise.all([plain.stop(), staged.stop()]);
};

void main();
