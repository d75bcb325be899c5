import { once } from 'node:events';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { Load, LoadKind, LoadOptions } from './load';
import { Pattern, Tally } from './tally';

/** Clients in this process: what they see, and how they end. */
interface Clients {
  readonly tally: Tally;
  readonly stop: () => Promise<void>;
}

const host = '127.0.0.1';

/** How many connect at once: fewer than any accept queue takes. */
const CONNECTING = 200;

/** What was read is compared at once, so that all connections share one buffer. */
const readBuffer = Buffer.allocUnsafe(256 * 1024);

/** Messages to and fro on connections that stay; as many as came back are sent again, in one write. */
const messages = async ({ port, clients, bytes, depth }: LoadOptions): Promise<Clients> => {
  const tally = new Tally();
  const open: Socket[] = [];
  const start: (() => void)[] = [];
  const connected = async (id: number): Promise<void> => {
    const out = new Pattern(id * 4099);
    const back = new Pattern(id * 4099);
    const underWay: { readonly sentMs: number; count: number }[] = [];
    let unread = 0;
    const send = (count: number, nowMs = performance.now()): void => {
      underWay.push({ sentMs: nowMs, count });
      socket.write(out.take(count * bytes));
    };
    const tellOf = (came: number, nowMs: number): void => {
      for (let left = came; left > 0;) {
        const first = underWay[0]!;
        const count = Math.min(left, first.count);
        tally.came(first.sentMs, count, nowMs);
        left -= count;
        first.count -= count;
        if (first.count === 0) underWay.shift();
      }
    };
    const callback = (length: number): boolean => {
      if (!back.matches(readBuffer, length)) tally.wrong(`connection ${id} got other bytes than it sent`);
      unread += length;
      const came = Math.floor(unread / bytes);
      if (came === 0) return true;
      unread -= came * bytes;
      // Of one read all have the same time: where the client is as busy as the server, it is its speed that is measured.
      const nowMs = performance.now();
      tellOf(came, nowMs);
      send(came, nowMs);
      return true;
    };
    const socket = connect({ port, host, noDelay: true, onread: { buffer: readBuffer, callback } });
    await once(socket, 'connect');
    socket.on('close', () => tally.wrong(`connection ${id} was closed`)).on('error', () => undefined);
    open.push(socket);
    start.push(() => send(depth));
  };
  for (let id = 0; id < clients; id += CONNECTING) {
    const batch = Array.from({ length: Math.min(CONNECTING, clients - id) }, (_, i) => connected(id + i));
    await Promise.all(batch);
  }
  tally.reset();
  start.forEach((begin) => begin());
  return {
    tally,
    stop: () => {
      // Reset, so that thousands of ports do not wait for a minute.
      for (const socket of open) socket.removeAllListeners('close').resetAndDestroy();
      return Promise.resolve();
    },
  };
};

/** A client that connects, sends one message, reads it back, ends, and begins anew. */
const cycles = ({ port, clients, bytes }: LoadOptions): Promise<Clients> => {
  const tally = new Tally();
  let running = true;
  const cycle = async (id: number): Promise<void> => {
    const sentMs = performance.now();
    const message = new Pattern(id * 4099).take(bytes);
    const socket = connect({ port, host, noDelay: true });
    socket.end(message);
    const back: Buffer[] = [];
    for await (const chunk of socket) back.push(chunk as Buffer);
    if (!Buffer.concat(back).equals(message)) tally.wrong(`connection ${id} got other bytes than it sent`);
    tally.came(sentMs);
  };
  const loop = async (client: number): Promise<void> => {
    for (let turn = 0; running; turn += 1) await cycle(client + turn * clients);
  };
  const loops = Promise.all(Array.from({ length: clients }, (_, id) => loop(id)));
  loops.catch((error: unknown) => tally.wrong(String(error)));
  const stop = async (): Promise<void> => {
    running = false;
    await loops;
  };
  return Promise.resolve({ tally, stop });
};

/** How long an answer may take before it is sent for once more: a full buffer drops, on loopback too. */
const LOST_AFTER_MS = 250;

/** Datagrams to and fro, each with a number of its own; as many places as may be under way, each with its own bytes. */
const datagrams = async ({ port, clients, bytes, depth }: LoadOptions): Promise<Clients> => {
  const tally = new Tally();
  const open: UdpSocket[] = [];
  const timers: NodeJS.Timeout[] = [];
  const begin = async (id: number): Promise<void> => {
    const pattern = new Pattern(id * 4099);
    const socket = createSocket('udp4');
    const places = Array.from({ length: depth }, (_, number) => {
      const datagram = Buffer.from(pattern.take(bytes));
      return { datagram, number, sentMs: 0 };
    });
    const send = (place: (typeof places)[number]): void => {
      // Of one place every depth-th number: so a number says whose it is.
      place.number = (place.number + depth) % 2 ** 32;
      place.datagram.writeUInt32BE(place.number);
      place.sentMs = performance.now();
      socket.send(place.datagram);
    };
    socket.on('message', (data) => {
      const number = data.readUInt32BE();
      const place = places[number % depth]!;
      // The answer to one that was taken for lost.
      if (place.number !== number) return;
      if (!place.datagram.equals(data)) tally.wrong(`datagram ${number} of socket ${id} came back changed`);
      tally.came(place.sentMs);
      send(place);
    });
    socket.connect(port, host);
    await once(socket, 'connect');
    open.push(socket);
    places.forEach(send);
    const again = setInterval(() => {
      const lateMs = performance.now() - LOST_AFTER_MS;
      places.filter(({ sentMs }) => sentMs < lateMs).forEach(send);
    }, LOST_AFTER_MS);
    timers.push(again);
  };
  await Promise.all(Array.from({ length: clients }, (_, id) => begin(id)));
  const stop = (): Promise<void> => {
    timers.forEach((timer) => clearInterval(timer));
    open.forEach((socket) => socket.close());
    return Promise.resolve();
  };
  return { tally, stop };
};

const kinds: Readonly<Record<LoadKind, (options: LoadOptions) => Promise<Clients>>> = { messages, cycles, datagrams };

/** The clients of the benchmark on Node: where there is no compiler for those in C, which are faster. */
export const nodeLoad = async (kind: LoadKind, options: LoadOptions): Promise<Load> => {
  const { tally, stop } = await kinds[kind](options);
  return {
    messages: () => Promise.resolve(tally.messages),
    reset: () => tally.reset(),
    seen: () => Promise.resolve(tally.seen),
    stop,
  };
};
