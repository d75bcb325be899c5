import {
  concat,
  firstValueFrom,
  lastValueFrom,
  mergeMap,
  of,
  Subject,
  take,
  tap,
  throwError,
  toArray,
  VirtualTimeScheduler,
} from 'rxjs';
import type { UdpServerOptions } from '../../lib/options';
import type { Datagram, DroppedDatagram } from '../../lib/peer';
import { flows } from '../../lib/udp/flows/flows';
import { listenUdp } from '../../lib/udp/listenUdp';
import type { UdpListener } from '../../lib/udp/udpListener';
import { itWithIpv6 } from '../support/installed';
import { forge, itWithRawSockets, udpClient, udpPortIsFree } from '../support/udp';

interface Listening extends Disposable {
  readonly listener: UdpListener;
  readonly port: number;
  readonly dropped$: Subject<DroppedDatagram>;
  readonly received$: Subject<Datagram>;
}

const listen = async (options: Partial<UdpServerOptions> = { host: '127.0.0.1' }): Promise<Listening> => {
  const dropped$ = new Subject<DroppedDatagram>();
  const onDropped = (dropped: DroppedDatagram): void => dropped$.next(dropped);
  const listener = await firstValueFrom(listenUdp({ port: 0, onDropped, ...options }));
  const received$ = new Subject<Datagram>();
  return { listener, port: listener.local.port, dropped$, received$, [Symbol.dispose]: () => listener.close() };
};

/** A listener that answers each datagram with what `answer` makes of it. */
const echo = async (
  options?: Partial<UdpServerOptions>,
  answer: (datagram: Datagram) => Buffer = ({ data }) => data,
): Promise<Listening> => {
  const listening = await listen(options);
  listening.listener.datagrams$
    .pipe(
      tap((datagram) => listening.received$.next(datagram)),
      mergeMap((datagram) => datagram.reply(answer(datagram))),
    )
    .subscribe();
  return listening;
};

const patterned = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 31) % 251));

describe('listenUdp', () => {
  it.each([0, 1, 1472, 65507])('gives a datagram of %i bytes back whole over IPv4', async (bytes) => {
    using server = await echo();
    await using peer = await udpClient(server.port);
    peer.send(patterned(bytes));
    expect((await peer.next()).equals(patterned(bytes))).toBe(true);
  });

  for (const bytes of [0, 1, 1472, 65527]) {
    itWithIpv6(`gives a datagram of ${bytes} bytes back whole over IPv6`, async () => {
      using server = await echo({ host: '::1' });
      await using peer = await udpClient(server.port, '::1');
      peer.send(patterned(bytes));
      expect((await peer.next()).equals(patterned(bytes))).toBe(true);
    });
  }

  it('answers each peer with its own datagrams', async () => {
    using server = await echo();
    await using anna = await udpClient(server.port);
    await using berta = await udpClient(server.port);
    anna.send('from anna');
    berta.send('from berta');
    anna.send('anna again');
    expect(String(await berta.next())).toBe('from berta');
    expect(String(await anna.next())).toBe('from anna');
    expect(String(await anna.next())).toBe('anna again');
  });

  it('emits the source and the local address of a datagram', async () => {
    using server = await listen();
    await using peer = await udpClient(server.port);
    peer.send('hello');
    const datagram = await firstValueFrom(server.listener.datagrams$);
    expect(String(datagram.data)).toBe('hello');
    expect(datagram.remote).toEqual({ host: '127.0.0.1', port: peer.port });
    expect(datagram.local).toEqual({ host: '127.0.0.1', port: server.port });
  });

  it('shows and answers an IPv4 peer of all local addresses as IPv4', async () => {
    using server = await listen({});
    await using peer = await udpClient(server.port);
    const datagram$ = server.listener.datagrams$.pipe(
      take(1),
      mergeMap((datagram) => datagram.reply(datagram.data).pipe(mergeMap(() => of(datagram)))),
    );
    const asked = firstValueFrom(datagram$);
    peer.send('hello');
    expect((await asked).remote).toEqual({ host: '127.0.0.1', port: peer.port });
    expect(String(await peer.next())).toBe('hello');
    expect(server.listener.local.host).toBe('');
  });

  itWithIpv6('leaves IPv4 to another socket with ipv6Only', async () => {
    using v6 = await listen({ host: '::', ipv6Only: true });
    using v4 = await listen({ host: '0.0.0.0', port: v6.port });
    expect(v4.port).toBe(v6.port);
  });

  it('looks a name up', async () => {
    using server = await echo({ host: 'localhost' });
    await using peer = await udpClient(server.port, server.listener.local.host);
    peer.send('hello');
    expect(String(await peer.next())).toBe('hello');
  });

  it('emits how many bytes the kernel has taken of a reply, and completes', async () => {
    using server = await listen();
    await using peer = await udpClient(server.port);
    const replies = lastValueFrom(
      server.listener.datagrams$.pipe(
        take(1),
        mergeMap((datagram) => datagram.reply(Buffer.from('hello back'))),
        toArray(),
      ),
    );
    peer.send('hello');
    expect(await replies).toEqual([10]);
  });

  it('sends the reply that is under way when it is unsubscribed, and then frees the port', async () => {
    using server = await listen();
    await using peer = await udpClient(server.port);
    const once$ = server.listener.datagrams$.pipe(
      take(1),
      mergeMap((datagram) => datagram.reply(datagram.data)),
    );
    const replied = lastValueFrom(once$);
    peer.send('hello');
    await replied;
    expect(await udpPortIsFree(server.port)).toBe(true);
    expect(String(await peer.next())).toBe('hello');
  });

  it('keeps the port while a flow is written, after it was unsubscribed', async () => {
    using server = await listen();
    await using peer = await udpClient(server.port);
    const answers$ = new Subject<Buffer>();
    const asked$ = new Subject<void>();
    const asked = firstValueFrom(asked$);
    const sent = lastValueFrom(
      server.listener.datagrams$.pipe(
        take(1),
        tap({ complete: () => asked$.next() }),
        flows(),
        mergeMap((flow) => answers$.pipe(flow.writes())),
      ),
      { defaultValue: 'completed' },
    );
    peer.send('hello');
    await asked;
    expect(await udpPortIsFree(server.port)).toBe(false);
    answers$.next(Buffer.from('late'));
    answers$.complete();
    await sent;
    expect(String(await peer.next())).toBe('late');
    expect(await udpPortIsFree(server.port)).toBe(true);
  });

  it('frees the port at once when it is unsubscribed and nothing is under way', async () => {
    using server = await listen();
    server.listener.datagrams$.subscribe().unsubscribe();
    expect(await udpPortIsFree(server.port)).toBe(true);
  });

  it('drops a reply after the socket has closed, and counts it, without an error', async () => {
    using server = await listen();
    await using peer = await udpClient(server.port);
    peer.send('hello');
    const datagram = await firstValueFrom(server.listener.datagrams$);
    const dropped = firstValueFrom(server.dropped$);
    expect(await lastValueFrom(datagram.reply(datagram.data).pipe(toArray()))).toEqual([]);
    expect(await dropped).toEqual({ reason: 'unsendable', remote: datagram.remote, bytes: 5 });
  });

  it('drops a reply that the system rejects, counts it, and continues', async () => {
    using server = await echo(undefined, ({ data }) => (String(data) === 'big' ? Buffer.alloc(65508) : data));
    await using peer = await udpClient(server.port);
    const dropped = firstValueFrom(server.dropped$);
    peer.send('big');
    peer.send('small');
    expect(String(await peer.next())).toBe('small');
    expect(await dropped).toMatchObject({ reason: 'unsendable', bytes: 65508 });
  });

  it('counts nothing as dropped that went out before the source failed', async () => {
    using server = await listen();
    await using peer = await udpClient(server.port);
    const dropped: DroppedDatagram[] = [];
    server.dropped$.subscribe((drop) => dropped.push(drop));
    const failing$ = server.listener.datagrams$.pipe(
      take(1),
      flows(),
      mergeMap((flow) =>
        concat(
          of(Buffer.from('hello')),
          throwError(() => new Error('boom')),
        ).pipe(flow.writes()),
      ),
    );
    const failed = expect(lastValueFrom(failing$)).rejects.toThrow('boom');
    peer.send('hello');
    await failed;
    expect(String(await peer.next())).toBe('hello');
    expect(await udpPortIsFree(server.port)).toBe(true);
    expect(dropped).toEqual([]);
  });

  itWithRawSockets(
    'drops a datagram from port 0, counts it, and continues (skipped where this user has no raw sockets in python3)',
    async () => {
      using server = await echo();
      await using peer = await udpClient(server.port);
      const dropped = firstValueFrom(server.dropped$);
      expect(forge(0, server.port, 'unanswerable')).toBe(true);
      expect(await dropped).toEqual({ reason: 'port 0', remote: { host: '127.0.0.1', port: 0 }, bytes: 12 });
      peer.send('hello');
      expect(String(await peer.next())).toBe('hello');
    },
  );

  it('errors with the system error behind it when the port is taken', async () => {
    using taken = await listen();
    await expect(listen({ host: '127.0.0.1', port: taken.port })).rejects.toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      message: expect.stringContaining(`UDP 127.0.0.1:${taken.port}`) as string,
      cause: { code: 'EADDRINUSE' },
    });
  });

  it('errors for an address that this machine does not have', async () => {
    await expect(listen({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      cause: { code: 'EADDRNOTAVAIL' },
    });
  });

  it('errors for an unknown name', async () => {
    await expect(listen({ host: 'x'.repeat(64) })).rejects.toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      cause: { code: 'ENOTFOUND' },
    });
  });

  it.each([-1, 65536, 1.5, NaN])('throws for the port %p when it is called', (port) => {
    expect(() => listenUdp({ port })).toThrow('Expected `port` to be');
  });

  it('answers an address at its rate, from any port, and counts the rest as dropped', async () => {
    const scheduler = new VirtualTimeScheduler();
    using server = await echo({ host: '127.0.0.1', maxDatagramsPerSecond: 2, scheduler });
    await using one = await udpClient(server.port);
    await using other = await udpClient(server.port);
    for (const peer of [one, other]) {
      peer.send('hello');
      expect(String(await peer.next())).toBe('hello');
    }
    const dropped = firstValueFrom(server.dropped$);
    one.send('too much');
    expect(await dropped).toMatchObject({ reason: 'rate', bytes: 8 });
    scheduler.frame = 500;
    one.send('half a second later');
    expect(String(await one.next())).toBe('half a second later');
  });

  it.each([0, -1, NaN])('throws for %p datagrams a second', (maxDatagramsPerSecond) => {
    expect(() => listenUdp({ port: 0, maxDatagramsPerSecond })).toThrow('Expected `maxDatagramsPerSecond` to be');
  });

  it('refuses a second subscription to its datagrams', async () => {
    using server = await echo();
    await expect(firstValueFrom(server.listener.datagrams$)).rejects.toMatchObject({ code: 'ERR_ECHO_USED' });
  });
});
