import { once } from 'node:events';
import { endWith, firstValueFrom, lastValueFrom, map, merge, NEVER, of, toArray, VirtualTimeScheduler } from 'rxjs';
import { EchoError } from '../../lib/errors';
import { errorOf } from '../support/errorOf';
import { rejectionOf } from '../support/rejectionOf';
import { onBothPaths } from '../support/onBothPaths';
import { pair } from '../support/pair';
import { pattern } from '../support/pattern';
import { MIB, READ } from '../support/sizes';
import { read, readAll } from '../support/socket';
import { waitUntilStalled } from '../support/waitUntilStalled';
import { written } from '../support/written';

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

  describe('writes', () => {
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
      const failures = Promise.all([rejectionOf(NEVER.pipe(connection.writes())), rejectionOf(connection.bytes$)]);
      const error = new EchoError('ERR_ECHO_RESET', 'for a test');
      connection.abort(error);
      expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
      expect(await failures).toEqual([error, error]);
    });

    it('errors with ERR_ECHO_ABORTED without a given error', async () => {
      const { connection, socket } = await pair();
      connection.abort();
      expect(await errorOf(socket)).toMatchObject({ code: 'ECONNRESET' });
      expect(await rejectionOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
      expect(await rejectionOf(NEVER.pipe(connection.writes()))).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
    });

    it('keeps bytesPending, and buffers nothing', async () => {
      const { connection, socket } = await pair();
      const failure = rejectionOf(connection.bytes$.pipe(connection.writes()));
      socket.on('error', () => undefined).write(pattern(16 * MIB));
      await waitUntilStalled(connection);
      const { bufferedBytes } = connection.budget;
      connection.abort();
      expect(await failure).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
      expect(connection).toMatchObject({ bytesPending: bufferedBytes, budget: { bufferedBytes: 0 }, flushed: false });
      socket.destroy();
    });

    it('errors with ERR_ECHO_ABORTED when FIN is about to be sent', async () => {
      const { connection, socket } = await pair();
      const failure = rejectionOf(of(Buffer.from('bye')).pipe(connection.writes()));
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
      expect(await rejectionOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_ABORTED' });
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
