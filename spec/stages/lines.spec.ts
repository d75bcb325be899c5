import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { from, toArray } from 'ix/asynciterable';
import { filter, firstValueFrom } from 'rxjs';
import type { EchoEvent } from '../../lib/events';
import { lines } from '../../lib/stages/lines';
import { pulled } from '../../lib/stages/pulled';
import type { Peer } from '../../lib/peer';
import { startEcho, type Echo } from '../../lib/server/startEcho';
import type { Stage } from '../../lib/stage';
import { client, read, readAll } from '../support/socket';

const linesOf = async (...chunks: readonly (string | Buffer)[]): Promise<string[]> => {
  const found: string[] = [];
  const bytes = from(chunks.map((chunk) => Buffer.from(chunk)));
  for await (const line of lines(bytes)) found.push(line.toString('latin1'));
  return found;
};

describe('lines', () => {
  it('gives the same lines for any chunking', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => array.map((byte) => (byte < 64 ? 0x0a : byte)));
    const cuts = fc.array(fc.nat(200), { maxLength: 20 }).map((places) => places.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(bytes, cuts, async (array, places) => {
        const whole = Buffer.from(array);
        const chunks = [0, ...places].map((start, index) => whole.subarray(start, places[index]));
        expect(await linesOf(...chunks)).toEqual(whole.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? []);
      }),
    );
  });

  it('gives the last line also when it has no newline', async () => {
    expect(await linesOf('one\ntw', 'o')).toEqual(['one\n', 'two']);
  });

  it('gives nothing when nothing comes', async () => {
    expect(await linesOf()).toEqual([]);
    expect(await linesOf('', '')).toEqual([]);
  });

  it('gives empty lines as they are', async () => {
    expect(await linesOf('\n\n', 'x\n', '\n')).toEqual(['\n', '\n', 'x\n', '\n']);
  });

  it('keeps nothing from one iteration to the next', async () => {
    const twice = lines(from([Buffer.from('one\ntw')]));
    for (const pass of [1, 2]) expect(`${pass}: ${String(await toArray(twice))}`).toBe(`${pass}: one\n,tw`);
  });

  it('gives a line as soon as it is whole', async () => {
    const endless = async function* () {
      yield Buffer.from('one\ntw');
      await new Promise(() => undefined);
    };
    const iterator = lines(endless())[Symbol.asyncIterator]();
    expect(String((await iterator.next()).value)).toBe('one\n');
  });
});

// Tens of mebibytes, line by line, take their time on a busy machine.
jest.setTimeout(30_000);

describe('pulled(lines)', () => {
  let echo: Echo;
  const sockets: Socket[] = [];
  const connect = async (): Promise<Socket> => {
    const socket = await client(echo.port);
    sockets.push(socket.on('error', () => undefined));
    return socket;
  };
  const nextEvent = <K extends EchoEvent['kind']>(kind: K) =>
    firstValueFrom(echo.events.pipe(filter((event): event is Extract<EchoEvent, { kind: K }> => event.kind === kind)));
  const nextPeer = async (): Promise<Peer> => (await nextEvent('opened')).peer;

  afterEach(async () => {
    await echo.stop({ graceMs: 0 });
    sockets.splice(0).forEach((socket) => socket.destroy());
  });

  describe('under a client that does not read', () => {
    /** More than what the kernel's buffers and the server together may hold. */
    const sent = Buffer.alloc(32 * 2 ** 20, `${'x'.repeat(16383)}\n`);
    let socket: Socket;
    let peer: Peer;

    beforeEach(async () => {
      echo = await startEcho({ stages: [pulled(lines)] });
      const opened = nextPeer();
      socket = await connect();
      peer = await opened;
      socket.write(sent);
      await firstValueFrom(peer.budget.open$.pipe(filter((open) => !open)));
      await untilStill(() => peer.bytesIn);
    });

    it('buffers no more than the mark of the sink, and delivers everything once it is read', async () => {
      expect(peer.bytesIn).toBeLessThan(sent.byteLength);
      expect(peer.budget.bufferedBytes).toBeLessThanOrEqual(2 ** 20);
      expect((await read(socket, sent.byteLength)).equals(sent)).toBe(true);
      expect(peer.budget.bufferedBytes).toBe(0);
    });

    it('refunds what is buffered when a stop aborts it, and reports the pending bytes', async () => {
      const { connectionsAborted, bytesPending } = await echo.stop({ graceMs: 0 });
      expect(connectionsAborted).toBe(1);
      expect(bytesPending).toBeGreaterThan(0);
      expect(peer.budget.bufferedBytes).toBe(0);
    });
  });

  it('gives back at a stop also the line that had only begun', async () => {
    echo = await startEcho({ stages: [pulled(lines)] });
    const socket = await connect();
    socket.write('one\ntw');
    expect(String(await read(socket, 4))).toBe('one\n');

    const stopped = echo.stop();
    expect(String(await readAll(socket))).toBe('tw');
    expect(await stopped).toMatchObject({ connectionsDrained: 1, connectionsAborted: 0, bytesPending: 0 });
  });

  it('ends one connection as failed when the transform throws, names the stage, and serves the others', async () => {
    const polite: Stage = pulled(async function* (bytes) {
      for await (const line of lines(bytes)) {
        if (line.equals(Buffer.from('boo\n'))) throw new Error('rude');
        yield line;
      }
    });
    echo = await startEcho({ stages: [pulled(lines), polite] });
    const [rude, kind] = [await connect(), await connect()];
    const closed = nextEvent('closed');
    rude.write('hello\nbo');
    expect(String(await read(rude, 6))).toBe('hello\n');

    const gone = new Promise((resolve) => rude.resume().once('close', resolve));
    rude.write('o\n');
    const { peer, reason, error } = await closed;
    expect([reason, error?.message, error?.code]).toEqual([
      'failed',
      'The stage "stage 2" failed: rude',
      'ERR_ECHO_STAGE',
    ]);
    expect(peer.budget.bufferedBytes).toBe(0);
    await gone;
    kind.end('hello');
    expect(String(await readAll(kind))).toBe('hello');
  });
});

/** Resolves when a number has stayed the same for many turns of the event loop. */
const untilStill = async (number: () => number): Promise<void> => {
  let stillTurns = 0;
  for (let last = number(); stillTurns < 200; last = number()) {
    await turn();
    stillTurns = number() === last ? stillTurns + 1 : 0;
  }
};
