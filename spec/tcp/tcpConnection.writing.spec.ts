import { once } from 'node:events';
import { EMPTY, firstValueFrom, map, NEVER, of, tap, throwError } from 'rxjs';
import { fromAsyncIterable } from '../../lib/backpressure/fromAsyncIterable';
import { errorOf } from '../support/errorOf';
import { rejectionOf } from '../support/rejectionOf';
import { onBothPaths } from '../support/onBothPaths';
import { pair } from '../support/pair';
import { pattern } from '../support/pattern';
import { KIB, MIB, READ, SINK_MARK } from '../support/sizes';
import { read, readAll } from '../support/socket';
import { waitUntilStalled } from '../support/waitUntilStalled';
import { written } from '../support/written';

onBothPaths('tcpConnection', () => {
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
      expect(await rejectionOf(EMPTY.pipe(connection.writes()))).toMatchObject({ code: 'ERR_ECHO_USED' });
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
      await waitUntilStalled(connection, () => connection.bytesOut === 256 * KIB);
      sending.unsubscribe();
      expect((await readAll(socket)).equals(pattern(256 * KIB))).toBe(true);
    });

    it('resets the peer and errors when the source errors', async () => {
      const { connection, socket } = await pair();
      const thrown = new Error('no more');
      const failure = rejectionOf(throwError(() => thrown).pipe(connection.writes()));
      expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
      expect(await failure).toBe(thrown);
    });

    it('resets the peer and errors with ERR_ECHO_STAGE when the source emits a string', async () => {
      const { connection, socket } = await pair();
      const texts = connection.bytes$.pipe(map((chunk) => chunk.toString() as unknown as Buffer));
      const failure = rejectionOf(texts.pipe(connection.writes()));
      socket.write('hello');
      expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
      expect(await failure).toMatchObject({ code: 'ERR_ECHO_STAGE', message: 'Expected a Buffer to send, got string' });
    });

    it('errors with ERR_ECHO_CONNECTION and the error of the system when the peer resets', async () => {
      const { connection, socket } = await pair();
      const failure = rejectionOf(connection.bytes$.pipe(connection.writes()));
      socket.write(pattern(MIB));
      await read(socket, 1);
      socket.resetAndDestroy();
      expect(await failure).toMatchObject({ code: 'ERR_ECHO_CONNECTION', cause: { code: 'ECONNRESET' } });
      expect(connection.budget.bufferedBytes).toBe(0);
    });

    it('errors with ERR_ECHO_CONNECTION when the peer resets while FIN waits behind unsent bytes', async () => {
      const { connection, socket } = await pair();
      const failure = rejectionOf(of(pattern(16 * MIB)).pipe(connection.writes()));
      await waitUntilStalled(connection);
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
      await waitUntilStalled(connection);
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
        const failure = rejectionOf(fromAsyncIterable(gibibyte(), connection.budget).pipe(connection.writes()));
        await waitUntilStalled(connection);
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
        await waitUntilStalled(connection);
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
        const failure = rejectionOf(fromAsyncIterable(failing(), connection.budget).pipe(connection.writes()));
        expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
        expect(await failure).toBe(thrown);
      });
    });
  });
});
