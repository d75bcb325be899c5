/**
 * Draining: what a stop saves. Every byte takes half a second through this server, which is stopped while a mebibyte is
 * in flight. Each byte is echoed when it is due; only then is the connection closed.
 */
import { perChunk, startEcho, tcpClient } from 'ccecho';
import { concat, delay, filter, firstValueFrom, from, ignoreElements, interval, of, reduce } from 'rxjs';

const sent = Buffer.alloc(2 ** 20, 'ccecho ');

const main = async (): Promise<void> => {
  const echo = await startEcho({ stages: [perChunk(delay(500))] });
  const client = await firstValueFrom(tcpClient({ host: '127.0.0.1', port: echo.port }));
  const cameBack = firstValueFrom(client.bytes$.pipe(reduce((all, chunk) => Buffer.concat([all, chunk]))));

  // The client stays until the server has ended its side: it is the server that ends the connection.
  concat(of(sent), from(cameBack).pipe(ignoreElements())).pipe(client.writes()).subscribe();
  await firstValueFrom(interval(1).pipe(filter(() => client.bytesOut === sent.byteLength)));
  console.log(`Told to stop with ${sent.byteLength - client.bytesIn} of ${sent.byteLength} bytes in flight.`);
  const report = await echo.stop();

  const echoed = await cameBack;
  console.log(`Came back: ${echoed.byteLength} bytes, ${echoed.equals(sent) ? 'all as they were sent' : 'damaged'}.`);
  console.log('Report:', report);
};

void main();
