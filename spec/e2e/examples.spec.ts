import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Socket } from 'node:net';
import { join } from 'node:path';
import { start, type Running } from '../support/process';
import { client, read, readAll } from '../support/socket';
import { freePort } from '../support/freePort';

/** Runs the compiled example. */
const example = (name: string, port?: number): Running =>
  start(process.execPath, [
    join(__dirname, '../../dist/examples', `${name}.js`),
    ...(port === undefined ? [] : [`${port}`]),
  ]);

/** Resolves with all output so far when that many lines have come. */
const printed = async ({ stdout }: Running, lines: number): Promise<string> => {
  await stdout.until(new RegExp(`^(.*\n){${lines}}`));
  return stdout.text;
};

/** Resolves with all output of an example that ends by itself. */
const transcript = async ({ ended, stdout, stderr }: Running): Promise<string> => {
  expect([await ended, stderr.text]).toEqual([0, '']);
  return stdout.text;
};

/** The first client of an example that does not say when it listens: refused until then. */
const firstClient = async ({ child, stderr }: Running, port: number): Promise<Socket> => {
  while (child.exitCode === null) {
    try {
      return await client(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
  }
  throw new Error(`ended before it listened: ${stderr.text}`);
};

/** Resolves when the kernel has taken it. */
const write = (socket: Socket, bytes: Buffer | string): Promise<void> =>
  new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())));

const accepted = (socket: Socket): string => `Accepted connection from: 127.0.0.1:${socket.localPort}\n`;

// A process of its own for each example takes its time on a busy machine.
jest.setTimeout(30_000);

describe('examples', () => {
  it('step-1 prints who connected, and ends', async () => {
    const port = await freePort();
    await using step = example('step-1', port);
    const socket = await firstClient(step, port);

    const line = accepted(socket);
    expect(await transcript(step)).toBe(line);
    socket.destroy();
  });

  it('step-2 prints each of several clients that connected, and stays', async () => {
    const port = await freePort();
    await using step = example('step-2', port);
    const clients = [await firstClient(step, port), await client(port), await client(port)];
    const lines = clients.map(accepted).join('');
    expect(await printed(step, 3)).toBe(lines);

    clients.forEach((socket) => socket.resetAndDestroy());
    const later = await client(port);
    expect(await printed(step, 4)).toBe(lines + accepted(later));
    later.destroy();
  });

  it('step-3 echoes, and prints when the client has disconnected', async () => {
    const port = await freePort();
    await using step = example('step-3', port);
    const socket = await firstClient(step, port);
    const lines = `${accepted(socket)}Client disconnected\n`;

    socket.write('hello');
    expect(String(await read(socket, 5))).toBe('hello');
    socket.end(', and goodbye');
    expect(String(await readAll(socket))).toBe(', and goodbye');
    expect(await printed(step, 2)).toBe(lines);
  });

  it('step-4 prints where it listens, and answers each datagram', async () => {
    await using step = example('step-4', 0);
    const [, port] = /^UDP Echo server listening on :(\d+)\n$/.exec(await printed(step, 1)) ?? [];
    const socket = createSocket('udp4');

    for (const sent of ['hello', '', 'x'.repeat(1472)]) {
      socket.send(sent, Number(port), '127.0.0.1');
      const [answer] = (await once(socket, 'message')) as [Buffer];
      expect(String(answer)).toBe(sent);
    }
    socket.close();
  });

  it('step-5 echoes what was on its way when the signal came, and ends', async () => {
    const port = await freePort();
    await using step = example('step-5', port);
    const first = await firstClient(step, port);
    await printed(step, 1);

    // While it is stopped, what it is sent stays with the kernel: it comes back after the signal, or not at all.
    step.child.kill('SIGSTOP');
    const inFlight = Buffer.alloc(32 * 1024, 'in flight ');
    await write(first, inFlight);
    const second = await client(port);
    await write(second, 'queued');
    const lines = `${accepted(first)}${accepted(second)}${'Client disconnected\n'.repeat(2)}`;
    step.child.kill('SIGTERM');
    step.child.kill('SIGCONT');

    expect((await readAll(first)).equals(inFlight)).toBe(true);
    expect(String(await readAll(second))).toBe('queued');
    expect(await transcript(step)).toBe(lines);
  });

  it('reverse-lines sends each line back reversed', async () => {
    const port = await freePort();
    await using server = example('reverse-lines', port);
    const socket = await firstClient(server, port);
    socket.end('hello\nworld\n');
    expect(String(await readAll(socket))).toBe('olleh\ndlrow\n');
    server.child.kill('SIGTERM');
    expect(await transcript(server)).toBe('listening \nopened \nclosed ended\nstopping \nstopped \n');
  });

  it('chat sends to all clients what one of them sends', async () => {
    const port = await freePort();
    await using server = example('chat', port);
    const sockets = [await firstClient(server, port), await client(port)];
    await server.stdout.until(/(opened \n.*){2}/s);
    sockets[0]!.write('hello');
    for (const socket of sockets) expect(String(await read(socket, 5))).toBe('hello');
    sockets.forEach((socket) => socket.end());
    for (const socket of sockets) expect(String(await readAll(socket))).toBe('');
  });

  it('proxy passes what a client and a server send, 50 ms later', async () => {
    const [port, serverPort] = [await freePort(), await freePort()];
    await using server = example('reverse-lines', serverPort);
    (await firstClient(server, serverPort)).destroy();
    await using proxy = start(process.execPath, [
      join(__dirname, '../../dist/examples/proxy.js'),
      `${port}`,
      `${serverPort}`,
    ]);
    const socket = await firstClient(proxy, port);
    const startedAt = performance.now();
    socket.end('proxied\n');
    expect(String(await readAll(socket))).toBe('deixorp\n');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);
  });

  it('push-and-pull shows that both line servers give the same', async () => {
    await using shown = example('push-and-pull');
    const shouted = '1 TO BE OR NOT TO BE\n2 THAT IS THE QUESTION\n3 THE REST IS SILENCE\n';
    expect(await transcript(shown)).toBe(
      'sent in 4 chunks:\nto be or not to be\nthat is the question\nthe rest is silence\n\n' +
        `pushed, with RxJS:\n${shouted}\npulled, with IxJS:\n${shouted}\nthe same: true\n`,
    );
  });

  it('back-pressure shows every 100 ms what is buffered without it, and with it', async () => {
    await using shown = example('back-pressure');
    const rows = [...(await transcript(shown)).matchAll(/^ +(\d+) ms +([\d.]+) MiB +([\d.]+) MiB$/gm)];
    const [ms, without, withIt] = [1, 2, 3].map((column) => rows.map((row) => Number(row[column])));
    expect(ms).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(Math.max(...withIt!)).toBeLessThanOrEqual(1);
    expect(Math.max(...without!)).toBeGreaterThan(Math.max(...withIt!));
  });

  it('drain shows that all comes back that was in flight at the stop', async () => {
    await using shown = example('drain');
    expect(await transcript(shown)).toMatch(
      new RegExp(
        '^Told to stop with \\d+ of 1048576 bytes in flight\\.\n' +
          'Came back: 1048576 bytes, all as they were sent\\.\n' +
          'Report: {\\s+connectionsDrained: 1,\\s+connectionsAborted: 0,\\s+bytesPending: 0,\\s+datagramsLost: 0\\s+}\n$',
      ),
    );
  });

  it('own-operator shows what the stages made of the bytes, and what they logged', async () => {
    await using shown = example('own-operator');
    expect(await transcript(shown)).toBe('noted: 35 bytes passed\nanswer: Jul qvq gur puvpxra pebff gur ebnq?\n');
  });

  it('fixture passes as a test', async () => {
    await using shown = example('fixture');
    expect(await transcript(shown)).toMatch(/^\S+ pass 1$/m);
  });
});
