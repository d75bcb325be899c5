import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { delay } from 'rxjs';
import type { Transport } from '../../lib/endpoint';
import { lines } from '../../lib/stages/lines';
import { perChunk } from '../../lib/stages/perChunk';
import { pulled } from '../../lib/stages/pulled';
import { FaultControl, type StageOrFault } from '../../lib/faults/faultControl';
import { stageContexts } from '../../lib/stages/stageContexts';
import { startEcho, type StartEchoOptions } from '../../lib/server/startEcho';
import { marbles } from '../support/marbles';
import { testConnection } from '../support/peer';
import { client, read, readAll } from '../support/socket';
import { chunks } from '../support/chunks';
import { udpClient } from '../support/udp';

jest.setTimeout(20_000);

const bytes = chunks();

const control = (stages: readonly StageOrFault[], transports: readonly Transport[] = ['tcp'], seed = 42) =>
  new FaultControl(stages, { transports, seed });

/** Passes a stream through a FaultControl in virtual time, and calls `change` at each letter of `at`. */
const passes = (
  stages: readonly StageOrFault[],
  at: string,
  change: (faults: FaultControl, letter: string) => void,
  source: string,
  expected: string,
) =>
  marbles(({ cold, scheduler, expectObservable, flush }) => {
    const faults = control(stages);
    const contexts = stageContexts({ scheduler, seed: faults.seed });
    const peer = testConnection();
    cold(at).subscribe((letter) => change(faults, letter));
    expectObservable(cold(source, bytes).pipe(faults.through(contexts)(peer))).toBe(expected, bytes);
    flush();
    expect(peer.budget).toMatchObject({ bufferedFrames: 0, bufferedBytes: 0 });
  });

describe('FaultControl', () => {
  it('flushes the old chain in order, then uses the new one', () => {
    const source = '  a--b---c--|';
    const replaced = '-----r';
    const expected = '----ab--c-|';
    passes(['latency=4ms'], replaced, (faults) => faults.replace(['latency=1ms']), source, expected);
  });

  it('adds stages to a stream without any, and removes them', () => {
    const source = '  a-b-----c--|';
    const changes = ' -r----x';
    const expected = 'a-----b-c--|';
    const change = (faults: FaultControl, letter: string) => faults.replace(letter === 'r' ? ['latency=9ms'] : []);
    passes([], changes, change, source, expected);
  });

  it('buffers new frames until the old chain has ended, then passes them in order', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const slow = perChunk(delay(5, scheduler));
      const faults = control([slow]);
      const contexts = stageContexts({ scheduler, seed: faults.seed });
      cold('                    --r').subscribe(() => faults.replace([]));
      const source = cold('     a--b-c-------d|', bytes).pipe(faults.through(contexts)(testConnection()));
      expectObservable(source).toBe('-----(abc)---d|', bytes);
    });
  });

  it('keeps a fault that stays in the chain, with its buffered frames', () => {
    const change = (faults: FaultControl, letter: string) =>
      faults.replace(letter === 'r' ? ['corrupt=0%', 'latency=6ms', 'slow-close=0ms'] : ['latency=6ms']);
    passes(['latency=6ms'], '--r-x', change, 'a---b----|', '------a---(b|)');
  });

  it('undoes live changes of a fault that stays when the chain is replaced', () => {
    const change = (faults: FaultControl, letter: string) => {
      if (letter === 's') faults.set('latency', { delayMs: 1 });
      else if (letter === 'd') faults.disable('latency');
      else faults.replace(['latency=4ms']);
    };
    passes(['latency=4ms'], 's----r----d----r', change, '--a----b-------c-----|', '---a------b--------c-|');
  });

  it('keeps a stream open from which a removed fault has not discarded bytes', () => {
    passes(['blackhole,after=10h'], '---r', (faults) => faults.replace([]), 'a-b-c-|', 'a-b-c-|');
    passes(
      ['blackhole,after=10h'],
      '---r',
      (faults) => faults.replace(['latency=0ms', 'blackhole,after=10h']),
      'a-b-c-|',
      'a-b-c-|',
    );
  });

  it('summarizes each fault separately, including removed ones', () => {
    marbles(({ cold, scheduler, flush }) => {
      const faults = control(['latency=1ms']);
      const contexts = stageContexts({ scheduler, seed: faults.seed });
      cold('--r-x').subscribe((letter) => faults.replace([letter === 'r' ? 'latency=5ms' : 'latency=1ms']));
      cold('a--bc-d|', bytes).pipe(faults.through(contexts)(testConnection())).subscribe();
      flush();
      expect(faults.summaries()).toEqual([
        'latency=1ms: 3 chunks, mean 1.0 ms, buffered at most 1 B',
        'latency=5ms (taken out): 1 chunk, mean 5.0 ms, buffered at most 1 B',
      ]);
      expect(faults.counts()).toMatchObject({ latency: { frames: 4, delayedMs: 8, bufferedBytes: 1 } });
    });
  });

  it('closes a stream from which a removed fault has discarded bytes', () => {
    passes(['blackhole'], '---r', (faults) => faults.replace([]), 'a-b-c-|', '---|');
  });

  it('changes an option from the next frame, in library units', () => {
    passes(['latency=6ms'], '---x', (faults) => faults.set('latency', { delayMs: 1 }), 'a---b-----|', '------(ab)|');
  });

  it('measures the time of an added reset from when it is added', () => {
    marbles(({ cold, scheduler, expectObservable }) => {
      const faults = control([]);
      const contexts = stageContexts({ scheduler, seed: faults.seed });
      cold('               ---r').subscribe(() => faults.replace(['reset,after=4ms']));
      const source = cold('a-b-c-d-e|', bytes).pipe(faults.through(contexts)(testConnection()));
      expectObservable(source).toBe('a-b-c-d#', bytes, expect.objectContaining({ code: 'ERR_ECHO_RESET' }));
    });
  });

  describe('names', () => {
    it('adds #2 to the name of a second fault of a kind', () => {
      const faults = control(['latency=1ms', 'latency=2ms', 'latency=3ms,name=latency#2']);
      expect(() => faults.set('latency#2', { delayMs: 5 })).not.toThrow();
      expect(faults.summaries()).toHaveLength(3);
      expect(() => faults.disable('latency#2#2')).not.toThrow();
    });

    it('suggests the nearest fault for an unknown name', () => {
      const faults = control(['latency=1ms', 'loss=1%']);
      for (const call of [
        () => faults.set('latncy', {}),
        () => faults.enable('latncy'),
        () => faults.disable('latncy'),
      ])
        expect(call).toThrow("unknown fault 'latncy' of this server: did you mean latency?");
      expect(() => faults.enable('teapot')).toThrow(
        expect.objectContaining({ code: 'ERR_ECHO_OPTION', message: "unknown fault 'teapot' of this server" }) as Error,
      );
    });
  });

  describe('rejects', () => {
    it('an option out of range, and does not change the fault', () => {
      const faults = control(['latency=1ms']);
      expect(() => faults.set('latency', { delayMs: -1 })).toThrow('expected `delayMs` to be a number from 0 to');
      expect(() => faults.set('latency', { delay: 5 })).toThrow('unknown option `delay`');
      expect(() => faults.set('latency', { reorder: 0.5 })).toThrow('reorder works on UDP only');
    });

    it('a chain with an unknown fault, and keeps the current chain', () => {
      const faults = control(['latency=1ms']);
      expect(() => faults.replace(['loss=1%', 'latensy=1ms'])).toThrow('did you mean latency?');
      expect(faults.summaries()).toEqual(['latency=1ms: 0 chunks, never fired']);
    });

    it('a fault that supports none of the served transports', () => {
      expect(() => control(['duplicate=1%'], ['tcp'])).toThrow('duplicate: works on udp only; this server serves tcp');
      expect(() => control(['latency=1ms,on=tcp'], ['udp'])).toThrow(
        'latency: works on tcp only; this server serves udp',
      );
      expect(() => control(['duplicate=1%', 'slice=5B'], ['tcp', 'udp'])).not.toThrow();
    });

    it('options that are invalid on a served transport', () => {
      expect(() => control(['latency=1ms,order=time'], ['tcp', 'udp'])).toThrow('order=time works on UDP only');
      expect(() => control(['latency=1ms,order=time,on=udp'], ['tcp', 'udp'])).not.toThrow();
    });
  });

  it('lists the faults that affect only some of the served transports', () => {
    expect(control(['latency=1ms', 'duplicate=1%', 'slice=5B'], ['tcp', 'udp']).notes()).toEqual([
      'duplicate does not apply to tcp, which passes unchanged',
      'slice does not apply to udp, which passes unchanged',
    ]);
    expect(control(['duplicate=1%'], ['udp']).notes()).toEqual([]);
  });

  it('draws a safe integer as the default seed', () => {
    const { seed } = new FaultControl([], { transports: ['tcp'] });
    expect(Number.isSafeInteger(seed)).toBe(true);
    expect(new FaultControl([], { transports: ['tcp'] }).seed).not.toBe(seed);
  });
});

/** Resolves with everything that a client receives for `sent`, and with the counters. */
const echoedBy = async (options: StartEchoOptions, sent: Buffer) => {
  await using echo = await startEcho(options);
  const socket = await client(echo.port);
  const received = readAll(socket);
  socket.end(sent);
  return { received: await received, counts: echo.faults.counts() };
};

/**
 * Sends 65,535 numbers with a small window, calls `step` for each received chunk, and resolves with all bytes received.
 */
const orderedNumbers = async (socket: Socket, step: (turn: number) => void): Promise<Buffer> => {
  const sent = Buffer.alloc(65_535 * 2);
  for (let n = 0; n < 65_535; n += 1) sent.writeUInt16BE(n, n * 2);
  const [pieceBytes, windowBytes] = [601, 8192];
  const received: Buffer[] = [];
  let [sentBytes, receivedBytes, turn] = [0, 0, 0];
  const fill = (): void => {
    while (sentBytes < sent.byteLength && sentBytes - receivedBytes < windowBytes) {
      socket.write(sent.subarray(sentBytes, sentBytes + pieceBytes));
      sentBytes = Math.min(sent.byteLength, sentBytes + pieceBytes);
    }
    if (sentBytes === sent.byteLength && receivedBytes === sent.byteLength) socket.end();
  };
  socket.on('data', (chunk: Buffer) => {
    received.push(chunk);
    receivedBytes += chunk.byteLength;
    step((turn += 1));
    fill();
  });
  fill();
  await once(socket, 'end');
  expect(turn).toBeGreaterThan(15);
  return Buffer.concat(received);
};

const inOrder = (): Buffer => {
  const numbers = Buffer.alloc(65_535 * 2);
  for (let n = 0; n < 65_535; n += 1) numbers.writeUInt16BE(n, n * 2);
  return numbers;
};

describe('the faults of a running server', () => {
  it('cannot be changed if it was started without stages', async () => {
    await using echo = await startEcho();
    const { faults } = echo;
    const calls = [
      () => faults.set('latency', {}),
      () => faults.enable('latency'),
      () => faults.disable('latency'),
      () => faults.replace([]),
      () => faults.counts(),
    ];
    for (const call of calls) {
      expect(call).toThrow(
        expect.objectContaining({
          code: 'ERR_ECHO_OPTION',
          message: expect.stringContaining('started without stages') as string,
        }) as Error,
      );
    }
  });

  it('can be added to a live connection if it was started with an empty list', async () => {
    await using echo = await startEcho({ stages: [] });
    const socket = await client(echo.port);
    socket.write('one');
    expect(String(await read(socket, 3))).toBe('one');
    echo.faults.replace(['limit=2B']);
    socket.write('two');
    expect(String(await readAll(socket))).toBe('tw');
    expect(echo.faults.counts()).toMatchObject({ limit: { frames: 1, bytes: 3, ended: 1 } });
    socket.destroy();
  });

  it('can be switched off, switched on and set', async () => {
    await using echo = await startEcho({ stages: ['stall', 'limit=1kB'] });
    const socket = await client(echo.port);
    socket.write('held');
    echo.faults.disable('stall');
    expect(String(await read(socket, 4))).toBe('held');
    echo.faults.set('limit', { bytes: 6 });
    socket.write('cut here');
    expect(String(await readAll(socket))).toBe('cu');
    socket.destroy();
    echo.faults.enable('stall');
    const other = await client(echo.port);
    other.end('held to the stop');
    const received = readAll(other);
    await echo.stop({ graceMs: 100 });
    expect(String(await received)).toBe('held t');
  });

  it('are rejected before a socket opens if they support none of the served transports', async () => {
    await using taken = await startEcho();
    const { port } = taken;
    await expect(startEcho({ port, stages: ['duplicate=1%'] })).rejects.toMatchObject({ code: 'ERR_ECHO_OPTION' });
    await expect(startEcho({ port, stages: ['latency=1'] })).rejects.toMatchObject({ code: 'ERR_ECHO_OPTION' });
    await expect(startEcho({ port, stages: ['latency=1ms'] })).rejects.toMatchObject({ code: 'ERR_ECHO_LISTEN' });
  });

  it.each<[string, StageOrFault[], (faults: FaultControl, turn: number) => void]>([
    [
      'switched off and on',
      ['latency=3ms', 'slice=100B,delay=20us'],
      (faults, turn) => (turn % 2 === 1 ? faults.disable('latency') : faults.enable('latency')),
    ],
    [
      'set faster and slower',
      ['latency=3ms'],
      (faults, turn) => faults.set('latency', { delayMs: [0, 5, 1, 3][turn % 4] }),
    ],
    [
      'replaced',
      [],
      (faults, turn) =>
        faults.replace(
          [['latency=3ms'], ['slice=64B', 'latency=1ms', 'latency=2ms'], [], ['stall,for=1ms'], ['rate=1MB/s']][
            turn % 5
          ]!,
        ),
    ],
    [
      'replaced, with asynchronous user stages',
      [],
      (faults, turn) =>
        faults.replace(
          [
            [perChunk(delay(2))],
            ['latency=1ms', perChunk(delay(1))],
            [perChunk(delay(1)), 'latency=2ms', pulled((source) => source)],
          ][turn % 3]!,
        ),
    ],
  ])('lose none of 65,535 numbers and keep their order while they are repeatedly %s', async (_, stages, step) => {
    await using echo = await startEcho({ stages });
    const socket = await client(echo.port);
    const received = await orderedNumbers(socket, (turn) => step(echo.faults as FaultControl, turn));
    expect(received.equals(inOrder())).toBe(true);
    expect(await echo.stop()).toMatchObject({ connectionsAborted: 0, bytesPending: 0 });
  });

  it('keep what a user stage buffers when another entry changes', async () => {
    const framer = pulled((bytes) => lines(bytes));
    const echo = await startEcho({ stages: [framer] });
    const socket = await client(echo.port);
    socket.write('one\nhel');
    expect(String(await read(socket, 4))).toBe('one\n');
    echo.faults.replace(['latency=1ms', framer, 'slice=100B']);
    socket.end('lo\n');
    expect(String(await readAll(socket))).toBe('hello\n');
    await echo.stop();
  });

  it('lose nothing when they are replaced while a slow stage is full', async () => {
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const slow = pulled(async function* (input) {
      for await (const chunk of input) {
        for (let turns = 0; turns < 20; turns += 1) await turn();
        yield chunk;
      }
    });
    const echo = await startEcho({ stages: [slow] });
    const socket = await client(echo.port);
    const sent = randomBytes(40 * 1024 * 1024);
    socket.end(sent);
    const begun = await read(socket, 1);
    echo.faults.replace([]);
    const rest = await readAll(socket);
    expect(Buffer.concat([begun, rest]).equals(sent)).toBe(true);
    await echo.stop();
  });

  it('do not wait for a peer that never reads', async () => {
    await using echo = await startEcho({ stages: ['latency=1ms'], graceMs: 50 });
    const socket = await client(echo.port);
    socket.on('error', () => undefined).pause();
    socket.write(Buffer.alloc(8 * 1024 * 1024));
    const before = performance.now();
    for (let turn = 0; turn < 100; turn += 1) {
      echo.faults.disable('latency');
      echo.faults.enable('latency');
      echo.faults.replace(['latency=1ms']);
    }
    expect(performance.now() - before).toBeLessThan(2000);
    socket.destroy();
  });

  it('change the same bytes identically with the same seed, and differently with another seed', async () => {
    const sent = randomBytes(300_000);
    const run = (seed: number) => echoedBy({ stages: ['corrupt=20%', 'slice=1kB,variation=500B'], seed }, sent);
    const [first, again, other] = [await run(42), await run(42), await run(43)];
    expect(first.received.equals(sent)).toBe(false);
    expect(first.received.equals(again.received)).toBe(true);
    expect(first.counts['corrupt']!['corrupted']).toBe(again.counts['corrupt']!['corrupted']);
    expect(other.received.equals(first.received)).toBe(false);
  });

  it('drop the same datagrams with the same seed', async () => {
    const run = async () => {
      await using echo = await startEcho({ udp: true, stages: ['loss=30%', 'duplicate=10%'], seed: 7 });
      await using peer = await udpClient(echo.port);
      for (let n = 0; n < 100; n += 1) peer.send(`${n}`);
      await echo.stop();
      return echo.faults.counts();
    };
    const counts = await run();
    expect(counts['loss']).toMatchObject({ frames: 100, drawn: 100 });
    const { dropped } = counts['loss'] as { dropped: number };
    expect(counts['duplicate']).toMatchObject({ frames: 100 - dropped });
    expect(await run()).toEqual(counts);
  });
});
