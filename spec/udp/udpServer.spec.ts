import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { firstValueFrom, lastValueFrom, mergeMap, Subject, take, tap } from 'rxjs';
import { flows } from '../../lib/udp/flows/flows';
import { udpServer } from '../../lib/udp/udpServer';
import { udpClient, udpPortIsFree } from '../support/udp';

const host = '127.0.0.1';

/** A number that was free a moment ago: `udpServer` tells its port to nobody. */
const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4').bind(0, host);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
};

/** Answers what comes to `server$`, until the end of the block. */
const echo = (port: number, server$ = udpServer({ host, port })): Disposable & { readonly port: number } => {
  const answers$ = server$.pipe(mergeMap((datagram) => datagram.reply(datagram.data)));
  const subscription = answers$.subscribe();
  return { port, [Symbol.dispose]: () => subscription.unsubscribe() };
};

describe('udpServer', () => {
  it('emits each datagram with its way back', async () => {
    using server = echo(await freePort());
    await using peer = await udpClient(server.port);
    peer.send('one');
    peer.send('');
    peer.send('three');
    expect(String(await peer.next())).toBe('one');
    expect(String(await peer.next())).toBe('');
    expect(String(await peer.next())).toBe('three');
  });

  it('binds when it is subscribed, and frees the port when it is unsubscribed', async () => {
    const port = await freePort();
    const server$ = udpServer({ host, port });
    expect(await udpPortIsFree(port)).toBe(true);
    const subscription = server$.subscribe();
    expect(await udpPortIsFree(port)).toBe(false);
    subscription.unsubscribe();
    expect(await udpPortIsFree(port)).toBe(true);
  });

  it('can be subscribed again', async () => {
    const port = await freePort();
    const server$ = udpServer({ host, port });
    server$.subscribe().unsubscribe();
    using server = echo(port, server$);
    await using peer = await udpClient(server.port);
    peer.send('hello');
    expect(String(await peer.next())).toBe('hello');
  });

  it('keeps the port for the answers that are under way when it is unsubscribed', async () => {
    const port = await freePort();
    const answers$ = new Subject<Buffer>();
    const asked$ = new Subject<void>();
    const asked = firstValueFrom(asked$);
    const answered = lastValueFrom(
      udpServer({ host, port }).pipe(
        take(1),
        tap({ complete: () => asked$.next() }),
        flows(),
        mergeMap((flow) => answers$.pipe(flow.writes())),
      ),
      { defaultValue: 'completed' },
    );
    await using peer = await udpClient(port);
    peer.send('hello');
    await asked;
    expect(await udpPortIsFree(port)).toBe(false);
    answers$.next(Buffer.from('later'));
    answers$.complete();
    expect(String(await peer.next())).toBe('later');
    await answered;
    expect(await udpPortIsFree(port)).toBe(true);
  });

  it('errors with the system error behind it when the port is taken', async () => {
    using taken = echo(await freePort());
    await expect(firstValueFrom(udpServer({ host, port: taken.port }))).rejects.toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      cause: { code: 'EADDRINUSE' },
    });
  });

  it('throws for a port out of range when it is called', () => {
    expect(() => udpServer({ port: 65536 })).toThrow('Expected `port` to be a number from 0 to 65535, got `65536`');
  });
});
