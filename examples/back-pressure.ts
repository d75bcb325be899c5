/**
 * Back-pressure: a client that sends and never reads. The first server continues to read, and buffers everything;
 * ccecho stops reading, and the client has to wait.
 */
import { startEcho, type Echo } from 'ccecho';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { filter, firstValueFrom, interval, lastValueFrom, map, take, tap } from 'rxjs';

/** Sends 100 MiB a second, or what the server takes of it, and reads nothing. */
const neverReading = (port: number): Socket => {
  const socket = connect(port, '127.0.0.1').pause();
  const chunk = Buffer.alloc(2 ** 20);
  const sending = interval(10)
    .pipe(filter(() => !socket.writableNeedDrain))
    .subscribe(() => socket.write(chunk));
  return socket.on('error', () => undefined).on('close', () => sending.unsubscribe());
};

/** `socket.write` returns `false` when its buffer is full, and this server ignores it. */
const bareServer = createServer((socket) => {
  socket.on('data', (chunk) => socket.write(chunk)).on('error', () => undefined);
});

const firstPeer = (echo: Echo) =>
  firstValueFrom(
    echo.events.pipe(
      filter((event) => event.kind === 'opened'),
      map(({ peer }) => peer),
    ),
  );

const row = (...cells: readonly string[]): void => console.log(cells.map((cell) => cell.padStart(15)).join(''));
const inMiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const main = async (): Promise<void> => {
  const echo = await startEcho();
  await once(bareServer.listen(0, '127.0.0.1'), 'listening');
  const accepted = Promise.all([once(bareServer, 'connection') as Promise<[Socket]>, firstPeer(echo)]);
  const clients = [(bareServer.address() as AddressInfo).port, echo.port].map(neverReading);
  const [[bare], ours] = await accepted;

  console.log('Bytes held for a client that never reads:');
  row('after', "on('data')", 'ccecho');
  const rows$ = interval(100).pipe(
    take(10),
    tap((tick) => row(`${(tick + 1) * 100} ms`, inMiB(bare.writableLength), inMiB(ours.budget.bufferedBytes))),
  );
  await lastValueFrom(rows$);

  clients.forEach((client) => client.resetAndDestroy());
  bareServer.close();
  await echo.stop();
};

void main();
