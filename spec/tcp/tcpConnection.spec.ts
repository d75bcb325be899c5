import { once } from 'node:events';
import {
  endWith,
  EMPTY,
  firstValueFrom,
  lastValueFrom,
  map,
  merge,
  NEVER,
  of,
  take,
  tap,
  throwError,
  toArray,
  VirtualTimeScheduler,
} from 'rxjs';
import { EchoError } from '../../lib/errors';
import { onBothPaths } from '../support/onBothPaths';
import { fromAsyncIterable } from '../../lib/backpressure/fromAsyncIterable';
import { SharedBudget } from '../../lib/backpressure/sharedBudget';
import { read, readAll } from '../support/socket';
import { collect } from '../support/collect';
import { failureOf } from '../support/failureOf';
import { pair } from '../support/pair';
import { pattern } from '../support/pattern';
import { stalled } from '../support/stalled';
import { written } from '../support/written';

const KIB = 1024;
const MIB = 1024 * KIB;
/** The max bytes of one read. */
const READ = 64 * KIB;
const SINK_MARK = 512 * KIB;

const errorOf = async (socket: NodeJS.EventEmitter): Promise<unknown> =>
  ((await once(socket, 'error')) as unknown[])[0];

onBothPaths('tcpConnection', () => {
  it('echoes what it has received, then sends FIN, when end() is called', async () => {
    const { connection, socket } = await pair();
    const sent = written(connection, connection.bytes$);
    socket.write('hello');
    await read(socket, 5);
    connection.end();
    expect(await readAll(socket)).toHaveLength(0);
    socket.end();
    expect(await sent).toBe(5);
    expect(connection.peerClosed).toBe(false);
  });

  it('is idle when no bytes wait in a stage, and changes activity when bytes move', async () => {
    const { connection, socket } = await pair();
    const before = connection.activity;
    // Not idle, because it has no reader yet.
    expect(connection.isIdle).toBe(false);
    connection.bytes$.pipe(connection.writes()).subscribe({ error: () => undefined });
    socket.write('hello');
    await read(socket, 5);
    expect(connection.activity).not.toBe(before);
    expect(connection.isIdle).toBe(true);
    const stage = connection.budget.openAccount();
    stage.charge(1);
    expect(connection.isIdle).toBe(false);
    stage.release();
    expect(connection.isIdle).toBe(true);
    socket.destroy();
    connection.abort();
  });

  it('pauses while its sharedBudget is full, and is not idle then', async () => {
    const sharedBudget = new SharedBudget(2 * KIB);
    const { connection, socket } = await pair({ sharedBudget });
    const chunks: string[] = [];
    sharedBudget.charge(2 * KIB);
    connection.bytes$
      .pipe(
        tap((chunk) => chunks.push(String(chunk))),
        connection.writes(),
      )
      .subscribe();
    expect(connection.receiveQueue.budget?.open).toBe(false);
    expect(connection.isIdle).toBe(false);
    socket.write('hello');
    // An echo on a later connection shows that the first one had time to be read.
    const other = await pair();
    other.connection.bytes$.pipe(other.connection.writes()).subscribe({ error: () => undefined });
    other.socket.write('x');
    await read(other.socket, 1);
    expect(chunks).toEqual([]);
    sharedBudget.charge(-2 * KIB, -1);
    expect(String(await read(socket, 5))).toBe('hello');
    socket.end();
    other.socket.destroy();
    other.connection.abort();
  });

  it('has the endpoints of both sides', async () => {
    const { connection, socket } = await pair();
    expect(connection).toMatchObject({
      transport: 'tcp',
      id: 1,
      local: { host: '127.0.0.1', port: socket.remotePort },
      remote: { host: '127.0.0.1', port: socket.localPort },
    });
    connection.abort();
    socket.destroy();
  });

  describe('bytes$', () => {
    it('emits what the peer sends, and completes when it ends its side', async () => {
      const { connection, socket } = await pair();
      socket.end(pattern(MIB));
      const chunks = await firstValueFrom(connection.bytes$.pipe(toArray()));
      expect(Buffer.concat(chunks).equals(pattern(MIB))).toBe(true);
      expect(connection).toMatchObject({ bytesIn: MIB, peerClosed: true });
      connection.abort();
      socket.destroy();
    });

    it('emits chunks that later reads do not overwrite', async () => {
      const { connection, socket } = await pair();
      const sent = [1, 64, 4095, 4096, READ, 100_000, 64, 1].map((size, n) => Buffer.alloc(size, n + 1));
      const chunks: Buffer[] = [];
      const echo = connection.bytes$.pipe(
        tap((chunk) => chunks.push(chunk)),
        connection.writes(),
      );
      echo.subscribe({ error: () => undefined });
      for (const bytes of sent) {
        socket.write(bytes);
        expect((await read(socket, bytes.byteLength)).equals(bytes)).toBe(true);
      }
      expect(Buffer.concat(chunks).equals(Buffer.concat(sent))).toBe(true);
      connection.abort();
      socket.destroy();
    });

    it('echoes intact to a peer that reads late, while another connection reads into the shared buffer', async () => {
      const [late, other] = [await pair({ reuseReadBuffer: true }), await pair({ reuseReadBuffer: true })];
      for (const { connection } of [late, other])
        connection.bytes$.pipe(connection.writes()).subscribe({ error: () => undefined });
      late.socket.pause().write(pattern(8 * MIB));
      await stalled(late.connection);
      const bytes = Buffer.alloc(MIB, 'other');
      other.socket.write(bytes);
      expect((await read(other.socket, MIB)).equals(bytes)).toBe(true);
      expect((await read(late.socket, 8 * MIB)).equals(pattern(8 * MIB))).toBe(true);
      for (const { connection, socket } of [late, other]) {
        connection.abort();
        socket.destroy();
      }
    });

    it('errors with ERR_ECHO_USED at a second subscription, and keeps the first', async () => {
      const { connection, socket } = await pair();
      const first = firstValueFrom(connection.bytes$.pipe(toArray()));
      expect(await failureOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_USED' });
      socket.end('hello');
      expect(Buffer.concat(await first).toString()).toBe('hello');
      connection.abort();
      socket.destroy();
    });

    it('errors with ERR_ECHO_USED when the bytes are already pulled', async () => {
      const { connection, socket } = await pair();
      const pulled = collect(connection.bytes);
      expect(await failureOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_USED' });
      socket.end('hello');
      expect((await pulled).toString()).toBe('hello');
      connection.abort();
      socket.destroy();
    });

    it('errors with ERR_ECHO_CONNECTION and the error of the system when the peer resets', async () => {
      const { connection, socket } = await pair();
      const resetting = connection.bytes$.pipe(tap(() => socket.resetAndDestroy()));
      socket.write('hello');
      expect(await failureOf(resetting)).toMatchObject({ code: 'ERR_ECHO_CONNECTION', cause: { code: 'ECONNRESET' } });
      expect(connection.peerClosed).toBe(false);
    });

    it('errors with ERR_ECHO_CONNECTION when the peer reset before the subscription', async () => {
      const { connection, socket } = await pair();
      socket.resetAndDestroy();
      await once(socket, 'close');
      expect(await failureOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_CONNECTION' });
    });

    it('keeps the connection open when it is unsubscribed', async () => {
      const { connection, socket } = await pair();
      socket.write('hello');
      const [first] = await firstValueFrom(connection.bytes$.pipe(take(1), toArray()));
      const sent = written(connection, of(first as Buffer));
      expect((await read(socket, 5)).toString()).toBe('hello');
      socket.end();
      expect(await sent).toBe(5);
    });
  });

  describe('bytes', () => {
    it('yields what the peer sends, and ends when the peer ends its side', async () => {
      const { connection, socket } = await pair();
      socket.end(pattern(MIB));
      expect((await collect(connection.bytes)).equals(pattern(MIB))).toBe(true);
      connection.abort();
      socket.destroy();
    });

    it('rejects with ERR_ECHO_USED at a second pull view', async () => {
      const { connection, socket } = await pair();
      const first = collect(connection.bytes);
      await expect(collect(connection.bytes)).rejects.toMatchObject({ code: 'ERR_ECHO_USED' });
      socket.end('hello');
      expect((await first).toString()).toBe('hello');
      connection.abort();
      socket.destroy();
    });

    it('rejects with ERR_ECHO_USED when bytes$ is already subscribed', async () => {
      const { connection, socket } = await pair();
      connection.bytes$.subscribe({ error: () => undefined });
      await expect(collect(connection.bytes)).rejects.toMatchObject({ code: 'ERR_ECHO_USED' });
      connection.abort();
      socket.destroy();
    });

    it('reads ahead at most 64 KiB and one read while nothing is pulled', async () => {
      const { connection, socket } = await pair();
      socket.write(pattern(16 * MIB));
      const pulls = connection.bytes[Symbol.asyncIterator]();
      await pulls.next();
      await stalled(connection, () => connection.budget.bufferedBytes > 48 * KIB);
      expect(connection.budget.bufferedBytes).toBeGreaterThan(0);
      expect(connection.budget.bufferedBytes).toBeLessThanOrEqual(64 * KIB + READ);
      await pulls.return?.();
      connection.abort();
      socket.on('error', () => undefined).destroy();
    });

    it('yields bytes from a peer that does not read', async () => {
      const { connection, socket } = await pair();
      const failure = failureOf(of(pattern(16 * MIB)).pipe(connection.writes()));
      await stalled(connection);
      socket.end('hello');
      expect((await collect(connection.bytes)).toString()).toBe('hello');
      connection.abort();
      expect(await failure).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
      socket.on('error', () => undefined).destroy();
    });

    it('stops at return(), buffers nothing, and keeps the connection open', async () => {
      const { connection, socket } = await pair();
      socket.write(pattern(MIB));
      const pulls = connection.bytes[Symbol.asyncIterator]();
      await pulls.next();
      await stalled(connection, () => connection.budget.bufferedBytes > 48 * KIB);
      await pulls.return?.();
      expect(await pulls.next()).toMatchObject({ done: true });
      expect(connection.budget.bufferedBytes).toBe(0);
      const sent = written(connection, of(Buffer.from('bye')));
      expect((await readAll(socket)).toString()).toBe('bye');
      socket.end();
      expect(await sent).toBe(3);
    });

    it('resolves a pending pull at return()', async () => {
      const { connection, socket } = await pair();
      const pulls = connection.bytes[Symbol.asyncIterator]();
      const pull = pulls.next();
      await pulls.return?.();
      expect(await pull).toMatchObject({ done: true });
      connection.abort();
      socket.destroy();
    });

    it('rejects with ERR_ECHO_CONNECTION when the peer resets', async () => {
      const { connection, socket } = await pair();
      const pulls = connection.bytes[Symbol.asyncIterator]();
      socket.write('hello');
      await pulls.next();
      socket.resetAndDestroy();
      await expect(pulls.next()).rejects.toMatchObject({ code: 'ERR_ECHO_CONNECTION', cause: { code: 'ECONNRESET' } });
    });
  });

  describe('writes', () => {
    it('returns the bytes a peer sent before half-closing', async () => {
      const { connection, socket } = await pair();
      const sent = written(connection, connection.bytes$);
      socket.end('hello');
      expect((await readAll(socket)).toString()).toBe('hello');
      expect(await sent).toBe(5);
      expect(connection).toMatchObject({ bytesIn: 5, bytesOut: 5, bytesPending: 0, flushed: true, peerClosed: true });
    });

    it('returns 4 MiB to a peer that half-closes before it reads', async () => {
      const { connection, socket } = await pair();
      const sent = written(connection, connection.bytes$);
      await once(socket.end(pattern(4 * MIB)), 'finish');
      expect((await readAll(socket)).equals(pattern(4 * MIB))).toBe(true);
      expect(await sent).toBe(4 * MIB);
    });

    it('sends small chunks without waiting for an ACK', async () => {
      const { connection, socket } = await pair();
      const halves = map((chunk: Buffer) => [chunk.subarray(0, 1), chunk.subarray(1)]);
      const inHalves = async function* () {
        for await (const chunk of connection.bytes) yield* await firstValueFrom(of(chunk).pipe(halves));
      };
      const sent = written(connection, fromAsyncIterable(inHalves(), connection.budget));
      const startMs = performance.now();
      for (let round = 0; round < 50; round += 1) {
        socket.write('ab');
        expect((await read(socket, 2)).toString()).toBe('ab');
      }
      // Nagle's algorithm waits 40 ms for the peer's ACK in each round.
      expect(performance.now() - startMs).toBeLessThan(1000);
      socket.end();
      await sent;
    });

    it('skips empty chunks', async () => {
      const { connection, socket } = await pair();
      const nothing = Buffer.alloc(0);
      const sent = written(connection, of(nothing, Buffer.from('a'), nothing, Buffer.from('b'), nothing));
      socket.end();
      expect((await readAll(socket)).toString()).toBe('ab');
      expect(await sent).toBe(2);
    });

    it('sends FIN at once when the source is empty', async () => {
      const { connection, socket } = await pair();
      const sent = written(connection, EMPTY);
      expect(await readAll(socket)).toHaveLength(0);
      socket.end();
      expect(await sent).toBe(0);
    });

    it('errors with ERR_ECHO_USED at a second call, and keeps the first', async () => {
      const { connection, socket } = await pair();
      const first = written(connection, connection.bytes$);
      expect(await failureOf(EMPTY.pipe(connection.writes()))).toMatchObject({ code: 'ERR_ECHO_USED' });
      socket.end('hello');
      expect((await readAll(socket)).toString()).toBe('hello');
      expect(await first).toBe(5);
    });

    it('resets the peer when it is unsubscribed', async () => {
      const { connection, socket } = await pair();
      const sending = NEVER.pipe(connection.writes()).subscribe();
      sending.unsubscribe();
      expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
    });

    it('does not reset the peer when it is unsubscribed just before FIN is sent', async () => {
      const { connection, socket } = await pair();
      const sending = of(Buffer.from('bye')).pipe(connection.writes()).subscribe();
      expect(connection.flushed).toBe(true);
      sending.unsubscribe();
      expect((await readAll(socket)).toString()).toBe('bye');
      expect(connection).toMatchObject({ flushed: true, bytesPending: 0 });
      socket.destroy();
    });

    it('delivers what the kernel has taken when it is unsubscribed after FIN', async () => {
      const { connection, socket } = await pair();
      const sending = of(pattern(256 * KIB))
        .pipe(connection.writes())
        .subscribe();
      await stalled(connection, () => connection.bytesOut === 256 * KIB);
      sending.unsubscribe();
      expect((await readAll(socket)).equals(pattern(256 * KIB))).toBe(true);
    });

    it('resets the peer and errors when the source errors', async () => {
      const { connection, socket } = await pair();
      const thrown = new Error('no more');
      const failure = failureOf(throwError(() => thrown).pipe(connection.writes()));
      expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
      expect(await failure).toBe(thrown);
    });

    it('resets the peer and errors with ERR_ECHO_STAGE when the source emits a string', async () => {
      const { connection, socket } = await pair();
      const texts = connection.bytes$.pipe(map((chunk) => chunk.toString() as unknown as Buffer));
      const failure = failureOf(texts.pipe(connection.writes()));
      socket.write('hello');
      expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
      expect(await failure).toMatchObject({ code: 'ERR_ECHO_STAGE', message: 'Expected a Buffer to send, got string' });
    });

    it('errors with ERR_ECHO_CONNECTION and the error of the system when the peer resets', async () => {
      const { connection, socket } = await pair();
      const failure = failureOf(connection.bytes$.pipe(connection.writes()));
      socket.write(pattern(MIB));
      await read(socket, 1);
      socket.resetAndDestroy();
      expect(await failure).toMatchObject({ code: 'ERR_ECHO_CONNECTION', cause: { code: 'ECONNRESET' } });
      expect(connection.budget.bufferedBytes).toBe(0);
    });

    it('errors with ERR_ECHO_CONNECTION when the peer resets while FIN waits behind unsent bytes', async () => {
      const { connection, socket } = await pair();
      const failure = failureOf(of(pattern(16 * MIB)).pipe(connection.writes()));
      await stalled(connection);
      socket.resetAndDestroy();
      expect(await failure).toMatchObject({ code: 'ERR_ECHO_CONNECTION' });
      expect(connection.flushed).toBe(false);
      expect(connection.bytesPending).toBeGreaterThan(0);
      expect(connection.budget.bufferedBytes).toBe(0);
    });

    it('buffers at most its high-water mark and one read for a peer that reads late, and loses nothing', async () => {
      const { connection, socket } = await pair();
      let maxBuffered = 0;
      const watched = connection.bytes$.pipe(
        tap(() => (maxBuffered = Math.max(maxBuffered, connection.budget.bufferedBytes))),
      );
      const sent = written(connection, watched);
      socket.end(pattern(16 * MIB));
      await stalled(connection);
      expect(connection.bytesIn).toBeLessThan(16 * MIB);
      expect((await readAll(socket)).equals(pattern(16 * MIB))).toBe(true);
      expect(await sent).toBe(16 * MIB);
      expect(maxBuffered).toBeLessThanOrEqual(SINK_MARK + READ);
    });

    describe('of an AsyncIterable', () => {
      it('stops pulling when the high-water mark is reached', async () => {
        const { connection, socket } = await pair();
        const chunk = Buffer.alloc(64 * KIB);
        let pulls = 0;
        let ended = (): void => undefined;
        const returned = new Promise<void>((resolve) => (ended = resolve));
        const gibibyte = async function* () {
          try {
            for (; pulls < 16 * KIB; pulls += 1) yield await Promise.resolve(chunk);
          } finally {
            ended();
          }
        };
        const failure = failureOf(fromAsyncIterable(gibibyte(), connection.budget).pipe(connection.writes()));
        await stalled(connection);
        expect(connection.budget.bufferedBytes).toBeGreaterThan(0);
        expect(connection.budget.bufferedBytes).toBeLessThanOrEqual(SINK_MARK + chunk.length);
        expect((pulls + 1) * chunk.length).toBe(connection.bytesOut + connection.budget.bufferedBytes);
        socket.resetAndDestroy();
        expect(await failure).toMatchObject({ code: 'ERR_ECHO_CONNECTION' });
        await returned;
      });

      it('returns all bytes to a peer that reads late', async () => {
        const { connection, socket } = await pair();
        const sent = written(connection, fromAsyncIterable(connection.bytes, connection.budget));
        socket.end(pattern(16 * MIB));
        await stalled(connection);
        expect((await readAll(socket)).equals(pattern(16 * MIB))).toBe(true);
        expect(await sent).toBe(16 * MIB);
      });

      it('calls return() of the iterator when it is unsubscribed', async () => {
        const { connection, socket } = await pair();
        const returned = new Promise<void>((resolve) => {
          const idle = {
            next: () => new Promise<never>(() => undefined),
            return: () => (resolve(), Promise.resolve({ done: true as const, value: undefined })),
          };
          fromAsyncIterable<Buffer>({ [Symbol.asyncIterator]: () => idle }, connection.budget)
            .pipe(connection.writes())
            .subscribe()
            .unsubscribe();
        });
        await returned;
        expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
      });

      it('resets the peer and errors when the iterable throws', async () => {
        const { connection, socket } = await pair();
        const thrown = new Error('no more');
        // eslint-disable-next-line require-yield -- the generator must throw
        const failing = async function* (): AsyncGenerator<Buffer> {
          await Promise.resolve();
          throw thrown;
        };
        const failure = failureOf(fromAsyncIterable(failing(), connection.budget).pipe(connection.writes()));
        expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
        expect(await failure).toBe(thrown);
      });
    });

    describe('after its end', () => {
      it('completes at once when the peer ends its side', async () => {
        const { connection, socket } = await pair({ lingerMs: 60_000 });
        const sent = written(connection, of(Buffer.from('bye')));
        await once(socket.resume(), 'end');
        socket.end();
        expect(await sent).toBe(3);
      });

      it('reads and discards what the peer still sends', async () => {
        const { connection, socket } = await pair({ lingerMs: 60_000 });
        const sent = written(connection, of(Buffer.from('bye')));
        await once(socket.resume(), 'end');
        socket.end(pattern(16 * MIB));
        expect(await sent).toBe(3);
        expect(connection.bytesIn).toBe(0);
      });

      it('closes after lingerMs when the peer keeps sending without FIN', async () => {
        const { connection, socket } = await pair({ lingerMs: 30 });
        const goOn = (error?: Error | null): unknown => error ?? socket.write(Buffer.alloc(READ), goOn);
        const broken = errorOf(socket);
        goOn();
        expect(await written(connection, of(Buffer.from('bye')))).toBe(3);
        expect(await broken).toHaveProperty('code');
      });

      it('closes after lingerMs when the peer is idle', async () => {
        const { connection, socket } = await pair({ lingerMs: 30 });
        expect(await written(connection, of(Buffer.from('bye')))).toBe(3);
        socket.destroy();
      });

      it('leaves no timer behind when the reader unsubscribes last', async () => {
        const scheduler = new VirtualTimeScheduler();
        const { connection, socket } = await pair({ scheduler });
        const sending = of(Buffer.from('bye')).pipe(connection.writes()).subscribe();
        const reading = connection.bytes$.subscribe({ error: () => undefined });
        await once(socket.resume(), 'end');
        sending.unsubscribe();
        reading.unsubscribe();
        expect(scheduler.actions).toEqual([]);
        socket.destroy();
      });

      it('leaves no timer behind when the reader unsubscribes as the client of a relay closes', async () => {
        const scheduler = new VirtualTimeScheduler();
        const { connection, socket } = await pair({ scheduler });
        const server = await pair();
        connection.pairWith(server.connection);
        connection
          .writes()(of(Buffer.from('bye')))
          .subscribe();
        const reading = connection.bytes$.subscribe({ error: () => reading.unsubscribe() });
        await once(socket.resume(), 'end');
        connection.destroy();
        await new Promise<void>((resolve) => connection.onClosed(resolve));
        expect(scheduler.actions).toEqual([]);
        socket.destroy();
        server.socket.destroy();
      });

      it('stays open while a reader is subscribed', async () => {
        const { connection, socket } = await pair({ lingerMs: 0 });
        const both = firstValueFrom(
          merge(
            of(Buffer.from('question')).pipe(connection.writes()),
            connection.bytes$.pipe(map((chunk) => chunk.toString())),
          ).pipe(toArray()),
        );
        await once(socket.resume(), 'end');
        const other = await pair({ lingerMs: 0 });
        await written(other.connection, of(Buffer.from('over')));
        other.socket.destroy();
        socket.end('answer');
        expect(await both).toEqual(['answer']);
      });
    });
  });

  describe('abort', () => {
    it('resets the peer, and errors bytes$ and writes with the given error', async () => {
      const { connection, socket } = await pair();
      const failures = Promise.all([failureOf(NEVER.pipe(connection.writes())), failureOf(connection.bytes$)]);
      const error = new EchoError('ERR_ECHO_RESET', 'for a test');
      connection.abort(error);
      expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
      expect(await failures).toEqual([error, error]);
    });

    it('errors with ERR_ECHO_ABORTED without a given error', async () => {
      const { connection, socket } = await pair();
      connection.abort();
      expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
      expect(await failureOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
      expect(await failureOf(NEVER.pipe(connection.writes()))).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
    });

    it('keeps bytesPending, and buffers nothing', async () => {
      const { connection, socket } = await pair();
      const failure = failureOf(connection.bytes$.pipe(connection.writes()));
      socket.on('error', () => undefined).write(pattern(16 * MIB));
      await stalled(connection);
      const { bufferedBytes } = connection.budget;
      connection.abort();
      expect(await failure).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
      expect(connection).toMatchObject({ bytesPending: bufferedBytes, budget: { bufferedBytes: 0 }, flushed: false });
      socket.destroy();
    });

    it('errors with ERR_ECHO_ABORTED when FIN is about to be sent', async () => {
      const { connection, socket } = await pair();
      const failure = failureOf(of(Buffer.from('bye')).pipe(connection.writes()));
      connection.abort();
      socket.on('error', () => undefined);
      expect(await failure).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
      socket.destroy();
    });

    it('errors with ERR_ECHO_ABORTED on an unread connection that the peer has reset', async () => {
      const { connection, socket } = await pair();
      socket.resetAndDestroy();
      await once(socket, 'close');
      connection.abort();
      expect(await failureOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
    });

    it('does nothing after the connection has closed', async () => {
      const { connection, socket } = await pair();
      const sent = lastValueFrom(connection.bytes$.pipe(connection.writes(), endWith('closed')));
      socket.end();
      await readAll(socket);
      expect(await sent).toBe('closed');
      connection.abort();
      expect(connection.flushed).toBe(true);
    });
  });
});
