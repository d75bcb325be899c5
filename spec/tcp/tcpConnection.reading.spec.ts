import { once } from 'node:events';
import { firstValueFrom, of, take, tap, toArray } from 'rxjs';
import { SharedBudget } from '../../lib/backpressure/sharedBudget';
import { collect } from '../support/collect';
import { rejectionOf } from '../support/rejectionOf';
import { onBothPaths } from '../support/onBothPaths';
import { pair } from '../support/pair';
import { pattern } from '../support/pattern';
import { KIB, MIB, READ } from '../support/sizes';
import { read, readAll } from '../support/socket';
import { waitUntilStalled } from '../support/waitUntilStalled';
import { written } from '../support/written';

onBothPaths('tcpConnection', () => {
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
      await waitUntilStalled(late.connection);
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
      expect(await rejectionOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_USED' });
      socket.end('hello');
      expect(Buffer.concat(await first).toString()).toBe('hello');
      connection.abort();
      socket.destroy();
    });

    it('errors with ERR_ECHO_USED when the bytes are already pulled', async () => {
      const { connection, socket } = await pair();
      const pulled = collect(connection.bytes);
      expect(await rejectionOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_USED' });
      socket.end('hello');
      expect((await pulled).toString()).toBe('hello');
      connection.abort();
      socket.destroy();
    });

    it('errors with ERR_ECHO_CONNECTION and the error of the system when the peer resets', async () => {
      const { connection, socket } = await pair();
      const resetting = connection.bytes$.pipe(tap(() => socket.resetAndDestroy()));
      socket.write('hello');
      expect(await rejectionOf(resetting)).toMatchObject({
        code: 'ERR_ECHO_CONNECTION',
        cause: { code: 'ECONNRESET' },
      });
      expect(connection.peerClosed).toBe(false);
    });

    it('errors with ERR_ECHO_CONNECTION when the peer reset before the subscription', async () => {
      const { connection, socket } = await pair();
      socket.resetAndDestroy();
      await once(socket, 'close');
      expect(await rejectionOf(connection.bytes$)).toMatchObject({ code: 'ERR_ECHO_CONNECTION' });
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
      await waitUntilStalled(connection, () => connection.budget.bufferedBytes > 48 * KIB);
      expect(connection.budget.bufferedBytes).toBeGreaterThan(0);
      expect(connection.budget.bufferedBytes).toBeLessThanOrEqual(64 * KIB + READ);
      await pulls.return?.();
      connection.abort();
      socket.on('error', () => undefined).destroy();
    });

    it('yields bytes from a peer that does not read', async () => {
      const { connection, socket } = await pair();
      const failure = rejectionOf(of(pattern(16 * MIB)).pipe(connection.writes()));
      await waitUntilStalled(connection);
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
      await waitUntilStalled(connection, () => connection.budget.bufferedBytes > 48 * KIB);
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
});
