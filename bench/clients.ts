import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Pattern } from './tally';

const host = '127.0.0.1';
/** What a client sends at most: it fits into the window of a connection that was just opened. */
export const MESSAGE_BYTES = 32 * 1024;
/** What one that stalls offers, in writes of 256 KiB: more than the kernel takes for who reads nothing. */
const STALL_WRITES = 32;
const STALL_MS = 3000;
/** A client that hears nothing for so long has failed. */
const STUCK_MS = 30_000;
const FLOOD_BURST = 10;

/** What became of all of them; `wrongBytes` are of a read or a datagram that is not what was sent. */
export const seen = {
  opened: 0,
  whole: 0,
  halfClosed: 0,
  reset: 0,
  stalled: 0,
  failed: 0,
  wrongBytes: 0,
  sent: 0,
  back: 0,
};

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const atMost = (most: number): number => Math.floor(Math.random() * (most + 1));

const failed = (error: unknown): void => {
  seen.failed += 1;
  // The first one tells; thousands of the same would not tell more.
  if (seen.failed === 1) console.error('the first client that failed:', error);
};

const opened = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host, noDelay: true });
  socket.on('error', () => undefined).setTimeout(STUCK_MS, () => socket.destroy(new Error('nothing came back')));
  await once(socket, 'connect');
  seen.opened += 1;
  return socket;
};

/** Reads to the end, and compares each byte with the one that was sent: resolves with how many came. */
const readBack = async (socket: Socket, id: number, heard?: (bytes: number) => unknown): Promise<number> => {
  const back = new Pattern(id * 4099);
  let bytes = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    if (!back.matches(chunk, chunk.byteLength)) seen.wrongBytes += chunk.byteLength;
    bytes += chunk.byteLength;
    heard?.(bytes);
  }
  return bytes;
};

type Client = (socket: Socket, id: number) => Promise<void>;

/** Ends its side when everything is back (`whole`), or at once (`halfClosed`). */
const orderly =
  (kind: 'whole' | 'halfClosed'): Client =>
  async (socket, id) => {
    const bytes = 1 + atMost(MESSAGE_BYTES - 1);
    socket.write(new Pattern(id * 4099).take(bytes));
    if (kind === 'halfClosed') socket.end();
    const back = await readBack(socket, id, (heard) => heard === bytes && socket.end());
    if (back !== bytes) throw new Error(`${back} of ${bytes} bytes came back`);
    seen[kind] += 1;
  };

/** Sends, reads nothing or little, and resets: while its echo is on its way, or when all is held for it that can be. */
const rude =
  (kind: 'reset' | 'stalled', writes: number, due: (socket: Socket) => Promise<void>): Client =>
  async (socket, id) => {
    const out = new Pattern(id * 4099);
    for (let i = 0; i < writes; i += 1) socket.write(out.take(256 * 1024));
    await due(socket);
    socket.resetAndDestroy();
    seen[kind] += 1;
  };

const stalls = rude('stalled', STALL_WRITES, () => pause(STALL_MS));
const resets = rude('reset', 1, async (socket) => {
  await once(socket, 'readable');
  await pause(atMost(100));
});
const others = [orderly('whole'), orderly('halfClosed'), resets] as const;

/** One of those at once: opens a connection whenever its last one has ended. Every 20th stalls. */
export const keepOpening = async (port: number, id: number, running: () => boolean): Promise<void> => {
  const client = id % 20 === 0 ? stalls : others[id % others.length]!;
  while (running()) {
    await opened(port)
      .then((socket) => client(socket, id))
      .catch(failed);
  }
};

/** What a datagram holds follows from its length and its socket: so an answer can be checked whatever was lost. */
const datagram = (id: number, bytes: number): Buffer => new Pattern(id * 4099 + bytes * 7).take(bytes);

/** Datagrams of all sizes, sent whether answers come or not; returns how to end it. */
export const flood = (port: number, id: number): (() => void) => {
  const socket = createSocket('udp4');
  socket.on('message', (data) => {
    seen.back += 1;
    if (!data.equals(datagram(id, data.byteLength))) seen.wrongBytes += data.byteLength;
  });
  const sending = setInterval(() => {
    for (let i = 0; i < FLOOD_BURST; i += 1) socket.send(datagram(id, atMost(1472)), port, host);
    seen.sent += FLOOD_BURST;
  }, 10);
  return () => {
    clearInterval(sending);
    socket.close();
  };
};

/** A connection that was accepted: a byte went to and fro. */
export const accepted = async (port: number, id: number): Promise<{ send: () => void; back: Promise<number> }> => {
  const socket = await opened(port);
  const out = new Pattern(id * 4099);
  socket.write(out.take(1));
  await once(socket, 'readable');
  return { send: () => void socket.write(out.take(MESSAGE_BYTES)), back: readBack(socket, id).catch(() => 0) };
};
