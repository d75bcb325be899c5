import { firstValueFrom, mergeMap, Subscription, VirtualTimeScheduler } from 'rxjs';
import type { LogEntry, UdpServerOptions } from '../../lib/options';
import { listenUdp } from '../../lib/udp/listenUdp';
import { itOnLinux } from '../support/installed';
import { ipv4 } from '../support/interfaces';
import { udpClient, udpPortIsFree } from '../support/udp';

const RESCAN_MS = 5000;

/** An echo on a machine whose addresses are those that a test says; the sockets are real. */
const echo = async (hosts: readonly string[], options: Partial<UdpServerOptions> = {}) => {
  let addresses = hosts;
  const notes: LogEntry[] = [];
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const listener = await firstValueFrom(
    listenUdp({
      port: 0,
      interfaces: () => ({ lo: addresses.map((address) => ipv4(address)) }),
      scheduler,
      onLog: (note) => notes.push(note),
      ...options,
    }),
  );
  const reading = new Subscription(() => listener.close());
  return {
    port: listener.local.port,
    listener,
    notes: () => notes.filter(({ level }) => level !== 'debug').map(({ message }) => message),
    details: () => notes.filter(({ level }) => level === 'debug').map(({ message }) => message),
    serve: () => {
      const echoed$ = listener.datagrams$.pipe(mergeMap((datagram) => datagram.reply(datagram.data)));
      reading.add(echoed$.subscribe());
    },
    /** The machine has other addresses from now on, and it was looked for them so often. */
    scan: (others: readonly string[] = addresses, times = 1) => {
      addresses = others;
      scheduler.maxFrames += times * RESCAN_MS;
      scheduler.flush();
    },
    [Symbol.dispose]: () => reading.unsubscribe(),
  };
};

const ask = async (port: number, host: string): Promise<string> => {
  await using peer = await udpClient(port, host);
  peer.send(`to ${host}`);
  return String(await peer.next());
};

/** Resolves when the condition holds: sockets bind and close in turns of the event loop. */
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
};

const [one, two, three] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const;

describe('listenPerAddress', () => {
  itOnLinux('answers from the address that was asked, at one port, and logs the addresses', async () => {
    using server = await echo([one, two]);
    server.serve();
    expect(server.listener.local.host).toBe('');
    expect(await ask(server.port, two)).toBe('to 127.0.0.2');
    expect(await ask(server.port, one)).toBe('to 127.0.0.1');
    expect(server.details()).toEqual(['UDP listens on 127.0.0.1, 127.0.0.2']);
  });

  itOnLinux('emits the local address of a datagram', async () => {
    using server = await echo([one, two]);
    const datagram = firstValueFrom(server.listener.datagrams$);
    await using peer = await udpClient(server.port, two);
    peer.send('hello');
    expect((await datagram).local).toEqual({ host: two, port: server.port });
  });

  itOnLinux('serves an address that is new, from the next look on', async () => {
    using server = await echo([one]);
    server.serve();
    expect(await udpPortIsFree(server.port, two)).toBe(true);
    server.scan([one, two]);
    await until(() => server.notes().length > 0);
    expect(server.notes()).toEqual(['UDP also listens on 127.0.0.2: the address was added']);
    expect(await ask(server.port, two)).toBe('to 127.0.0.2');
  });

  itOnLinux('lets an address go that is missing twice, and serves the others and those that come back', async () => {
    using server = await echo([one, two]);
    server.serve();
    server.scan([one]);
    expect(await ask(server.port, two)).toBe('to 127.0.0.2');
    server.scan();
    expect(server.notes()).toEqual(['UDP no longer listens on 127.0.0.2: the address was removed']);
    await until(() => udpPortIsFree(server.port, two));
    expect(await ask(server.port, one)).toBe('to 127.0.0.1');
    server.scan([one, two]);
    await until(() => server.notes().length > 1);
    expect(await ask(server.port, two)).toBe('to 127.0.0.2');
  });

  itOnLinux('keeps an address that was missing once', async () => {
    using server = await echo([one, two]);
    server.serve();
    for (const hosts of [[one], [one, two], [one], [one, two]]) server.scan(hosts);
    expect(server.notes()).toEqual([]);
    expect(await ask(server.port, two)).toBe('to 127.0.0.2');
  });

  it('logs an address once that cannot be bound, and tries it again', async () => {
    using server = await echo([one, '192.0.2.1']);
    server.serve();
    for (let at = 0; at < 5; at += 1) {
      server.scan();
      // A bind takes turns of the event loop; a datagram there and back takes more.
      expect(await ask(server.port, one)).toBe('to 127.0.0.1');
    }
    expect(server.notes()).toEqual([
      expect.stringMatching(
        /^Cannot listen on UDP 192\.0\.2\.1:\d+: it is not an address of this machine.*ccecho retries/,
      ),
    ]);
  });

  itOnLinux('errors when it is taken at one address, with nothing bound at the others', async () => {
    using taken = await echo([two]);
    await expect(echo([one, two, three], { port: taken.port })).rejects.toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      message: expect.stringContaining(`UDP 127.0.0.2:${taken.port}`) as string,
    });
    expect(await udpPortIsFree(taken.port, one)).toBe(true);
  });

  it('errors when there is no address, and a port is to be chosen', async () => {
    await expect(echo([])).rejects.toMatchObject({ code: 'ERR_ECHO_LISTEN', cause: { code: 'EADDRNOTAVAIL' } });
  });

  itOnLinux('frees all when it is unsubscribed, and when it was never read', async () => {
    for (const isRead of [true, false]) {
      const server = await echo([one, two]);
      if (isRead) server.serve();
      server[Symbol.dispose]();
      for (const host of [one, two]) await until(() => udpPortIsFree(server.port, host));
    }
  });

  it('refuses a second subscription to its datagrams', async () => {
    using server = await echo([one]);
    server.serve();
    await expect(firstValueFrom(server.listener.datagrams$)).rejects.toMatchObject({ code: 'ERR_ECHO_USED' });
  });

  it('is one socket for all if the system does not list its addresses', async () => {
    const interfaces = (): never => {
      throw new Error('uv_interface_addresses returned Unknown system error 97');
    };
    using server = await echo([], { interfaces });
    server.serve();
    expect(await ask(server.port, one)).toBe('to 127.0.0.1');
  });

  it('is one socket for all where that is asked for', async () => {
    using server = await echo([], { wildcard: true });
    server.serve();
    expect(await ask(server.port, one)).toBe('to 127.0.0.1');
    expect(server.details()).toEqual([]);
  });
});
