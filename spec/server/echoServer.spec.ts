import { once } from 'node:events';
import {
  delay,
  filter,
  firstValueFrom,
  lastValueFrom,
  map,
  merge,
  NEVER,
  of,
  ReplaySubject,
  Subject,
  take,
  toArray,
} from 'rxjs';
import { monotonicScheduler } from '../../lib/monotonicScheduler';
import { EchoError } from '../../lib/errors';
import type { EchoEvent } from '../../lib/events';
import { perChunk } from '../../lib/stages/perChunk';
import type { Connection, Datagram } from '../../lib/peer';
import type { Listener } from '../../lib/server/run/listenerBinders';
import { AccessList } from '../../lib/server/limits/accessList';
import { echoConnections } from '../../lib/server/echo/echoConnections';
import { echoDatagrams } from '../../lib/server/echo/echoDatagrams';
import { echoServer } from '../../lib/server/echoServer';
import type { EchoServerOptions } from '../../lib/server/serverOptions';
import { serveListener } from '../../lib/server/run/serveListener';
import { shutdownSchedule, type StopRequest } from '../../lib/server/stop/shutdownSchedule';
import type { Stage } from '../../lib/stage';
import { freePort } from '../support/freePort';
import { testConnection } from '../support/peer';
import { client, read, readAll } from '../support/socket';
import { itWithIpv6 } from '../support/installed';
import { forge, itWithRawSockets, udpClient, udpPortIsFree } from '../support/udp';

type EventOf<K extends EchoEvent['kind']> = Extract<EchoEvent, { kind: K }>;

const isA =
  <K extends EchoEvent['kind']>(kind: K) =>
  (event: EchoEvent): event is EventOf<K> =>
    event.kind === kind;

/** A server of both transports on a free port of 127.0.0.1, with all its events from the first. */
const start = async (options: Partial<EchoServerOptions> = {}) => {
  const requests$ = new Subject<StopRequest>();
  const events$ = new ReplaySubject<EchoEvent>(Infinity);
  const hosts = ['127.0.0.1'];
  const running = echoServer({ tcp: true, udp: true, hosts, port: 0, requests$, ...options }).subscribe(events$);
  const { local } = await firstValueFrom(events$.pipe(filter(isA('listening'))));
  return {
    port: local.port,
    events$,
    kinds: () =>
      firstValueFrom(
        events$.pipe(
          map(({ kind }) => kind),
          toArray(),
        ),
      ),
    event: <K extends EchoEvent['kind']>(kind: K, index = 0) =>
      firstValueFrom(
        events$.pipe(
          filter(isA(kind)),
          filter((_, at) => at === index),
        ),
      ),
    report: async () => (await lastValueFrom(events$.pipe(filter(isA('stopped'))))).report,
    stop: (graceMs = 5000) => requests$.next({ graceMs }),
    [Symbol.dispose]: () => running.unsubscribe(),
  };
};

/** A server that is over: its port was free a moment ago. */
const stopped = async () => {
  using server = await start();
  return server;
};

const refused = { code: 'ECONNREFUSED' };
const lostNothing = { connectionsDrained: 0, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 };

const ask = async (port: number, data: string, host?: string): Promise<string> => {
  await using peer = await udpClient(port, host);
  peer.send(data);
  return String(await peer.next());
};

const askTcp = async (port: number, data: string, host?: string): Promise<string> => {
  const socket = await client(port, host);
  socket.end(data);
  return String(await readAll(socket));
};

describe('echoServer', () => {
  it('serves TCP and UDP on the same port, and first emits that it listens, TCP first', async () => {
    using server = await start();
    expect(await ask(server.port, 'datagram')).toBe('datagram');
    expect(await askTcp(server.port, 'stream')).toBe('stream');
    server.stop();
    await server.report();
    const events = await firstValueFrom(server.events$.pipe(toArray()));
    const local = { host: '127.0.0.1', port: server.port };
    expect(events.slice(0, 2)).toEqual([
      { kind: 'listening', transport: 'tcp', local },
      { kind: 'listening', transport: 'udp', local },
    ]);
    expect(events.filter(isA('listening'))).toHaveLength(2);
  });

  it('resets connections and drops datagrams of denied sources, and serves the others', async () => {
    const access = new AccessList({ deny: ['127.0.0.1'] });
    using server = await start({ access, once: true, answered: true });
    // The reset may come before the client knows that it is connected.
    const denied = client(server.port).then((socket) => once(socket, 'close'));
    await expect(denied).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await server.event('refused')).toMatchObject({
      transport: 'tcp',
      reason: 'denied',
      remote: { host: '127.0.0.1' },
    });
    await using peer = await udpClient(server.port);
    peer.send('hello');
    expect(await server.event('dropped')).toMatchObject({ reason: 'denied', bytes: 5 });
    access.replace({});
    peer.send('again');
    expect(String(await peer.next())).toBe('again');
    expect(await server.report()).toEqual(lostNothing);
    expect(await server.kinds()).toEqual(['listening', 'listening', 'refused', 'dropped', 'answered', 'stopped']);
  });

  itWithIpv6('serves every host on the same port', async () => {
    using server = await start({ hosts: ['127.0.0.1', '::1'] });
    for (const host of ['127.0.0.1', '::1']) {
      expect(await ask(server.port, 'datagram', host)).toBe('datagram');
      expect(await askTcp(server.port, 'stream', host)).toBe('stream');
    }
  });

  itWithIpv6('serves :: beside 0.0.0.0', async () => {
    using server = await start({ hosts: ['::', '0.0.0.0'] });
    for (const host of ['127.0.0.1', '::1']) {
      expect(await ask(server.port, 'datagram', host)).toBe('datagram');
      expect(await askTcp(server.port, 'stream', host)).toBe('stream');
    }
  });

  it('serves all local addresses when no host is given, and names none', async () => {
    using server = await start({ hosts: [] });
    expect(await ask(server.port, 'datagram')).toBe('datagram');
    expect(await askTcp(server.port, 'stream')).toBe('stream');
    expect((await server.event('listening')).local.host).toBe('');
  });

  it('errors when one address cannot be bound, and leaves none bound', async () => {
    // Not any port: the system may have given its TCP side to another test.
    using taken = await start({ tcp: false, port: await freePort() });
    const second$ = echoServer({ tcp: true, udp: true, hosts: ['127.0.0.1'], port: taken.port, requests$: NEVER });
    await expect(lastValueFrom(second$)).rejects.toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      message: expect.stringContaining(`UDP 127.0.0.1:${taken.port}`) as string,
      cause: { code: 'EADDRINUSE' },
    });
    await expect(client(taken.port)).rejects.toMatchObject(refused);
    expect(await ask(taken.port, 'still there')).toBe('still there');
  });

  it('stops without having listened when the signal comes first', async () => {
    const requests$ = new Subject<StopRequest>();
    const stopped = lastValueFrom(
      echoServer({ port: 0, requests$ }).pipe(
        map(({ kind }) => kind),
        toArray(),
      ),
    );
    requests$.next({ graceMs: 100 });
    expect(await stopped).toEqual(['stopping', 'stopped']);
    const kinds$ = echoServer({ port: 0, requests$: of({ graceMs: 100 }) }).pipe(map(({ kind }) => kind));
    expect(await lastValueFrom(kinds$.pipe(toArray()))).toEqual(['stopping', 'stopped']);
  });

  it('frees the port of both transports before it emits `stopped`', async () => {
    using server = await start();
    server.stop();
    expect(await server.report()).toEqual(lostNothing);
    await expect(client(server.port)).rejects.toMatchObject(refused);
    expect(await udpPortIsFree(server.port)).toBe(true);
    expect(await server.kinds()).toEqual(['listening', 'listening', 'stopping', 'stopped']);
  });

  it('frees the port of both transports when it is unsubscribed', async () => {
    const server = await start();
    server[Symbol.dispose]();
    await expect(client(server.port)).rejects.toMatchObject(refused);
    expect(await udpPortIsFree(server.port)).toBe(true);
  });

  it('throws for options out of range when it is called', () => {
    const requests$ = NEVER;
    expect(() => echoServer({ port: 65536, requests$ })).toThrow('`port`');
    expect(() => echoServer({ port: 0, lingerMs: -1, requests$ })).toThrow('`lingerMs`');
  });

  it.each([{ idleMs: 0 }, { maxFlows: 0 }])('fails for %p with nothing bound', async (options) => {
    const { port } = await stopped();
    await expect(start({ port, stages: [], ...options })).rejects.toMatchObject({ code: 'ERR_ECHO_OPTION' });
    await expect(client(port)).rejects.toMatchObject(refused);
    expect(await udpPortIsFree(port)).toBe(true);
  });

  describe('once', () => {
    it('ends when the first connection has, and refuses clients behind it', async () => {
      using server = await start({ once: true });
      const first = await client(server.port);
      await server.event('opened');
      await expect(client(server.port)).rejects.toMatchObject(refused);
      expect(await udpPortIsFree(server.port)).toBe(true);
      first.write('hello');
      expect(String(await read(first, 5))).toBe('hello');
      first.end('goodbye');
      expect(String(await readAll(first))).toBe('goodbye');
      expect(await server.report()).toEqual(lostNothing);
    });

    it.each([
      ['without stages', undefined],
      ['with stages', [perChunk(delay(1))]],
    ])('ends when the first datagram was answered, %s', async (_, stages) => {
      using server = await start({ once: true, ...(stages && { stages }) });
      await using peer = await udpClient(server.port);
      peer.send('first');
      peer.send('second');
      expect(String(await peer.next())).toBe('first');
      expect(await server.report()).toEqual(lostNothing);
      await expect(client(server.port)).rejects.toMatchObject(refused);
      expect(await udpPortIsFree(server.port)).toBe(true);
      expect(await server.kinds()).not.toContain('dropped');
    });

    it('ends when a stage dropped the first datagram', async () => {
      using server = await start({ once: true, stages: [() => filter(() => false)] });
      await using peer = await udpClient(server.port);
      peer.send('dropped');
      expect(await server.report()).toEqual(lostNothing);
    });

    it('stops at the signal without clients', async () => {
      using server = await start({ once: true });
      server.stop();
      expect(await server.report()).toEqual(lostNothing);
    });
  });

  describe('UDP', () => {
    itWithRawSockets(
      'counts a datagram from port 0 and goes on (skipped where this user has no raw sockets in python3)',
      async () => {
        using server = await start();
        expect(forge(0, server.port, 'unanswerable')).toBe(true);
        expect(await server.event('dropped')).toMatchObject({ reason: 'port 0', bytes: 12 });
        expect(await ask(server.port, 'hello')).toBe('hello');
        server.stop();
        expect(await server.report()).toEqual(lostNothing);
      },
    );

    it('answers through stages, without what they drop', async () => {
      const quiet: Stage = () => filter((data) => String(data) !== 'hush');
      const shout: Stage = () => map((data) => Buffer.from(String(data).toUpperCase()));
      using server = await start({ stages: [quiet, shout] });
      await using peer = await udpClient(server.port);
      for (const word of ['hello', 'hush', '', 'bye']) peer.send(word);
      expect(String(await peer.next())).toBe('HELLO');
      expect(String(await peer.next())).toBe('');
      expect(String(await peer.next())).toBe('BYE');
    });

    it('answers in the order of arrival through a stage that delays', async () => {
      using server = await start({ stages: [perChunk(delay(5))] });
      await using peer = await udpClient(server.port);
      for (const word of ['one', 'two', 'three']) peer.send(word);
      expect(String(await peer.next())).toBe('one');
      expect(String(await peer.next())).toBe('two');
      expect(String(await peer.next())).toBe('three');
    });

    it('drops what a peer sends after a stage completed, and counts it', async () => {
      using server = await start({ stages: [() => take(1)] });
      await using peer = await udpClient(server.port);
      peer.send('first');
      peer.send('second');
      expect(String(await peer.next())).toBe('first');
      expect(await server.event('dropped')).toMatchObject({ reason: 'flow ended', bytes: 6 });
      expect((await server.event('closed')).reason).toBe('completed');
      expect(await ask(server.port, 'somebody else')).toBe('somebody else');
    });

    it('names the stage that threw, and answers the next datagram of the peer', async () => {
      const grumpy: Stage = () => map((data) => (String(data) === 'bad' ? fail() : data));
      using server = await start({ stages: [grumpy] });
      await using peer = await udpClient(server.port);
      peer.send('bad');
      peer.send('good');
      expect(String(await peer.next())).toBe('good');
      const { reason, error } = await server.event('closed');
      expect(reason).toBe('failed');
      expect(error).toMatchObject({ code: 'ERR_ECHO_STAGE', message: 'The stage "grumpy" failed: boom' });
    });

    it('fails again for each datagram of a peer when a stage throws as it is called', async () => {
      const broken: Stage = () => fail();
      using server = await start({ stages: [broken] });
      await using peer = await udpClient(server.port);
      peer.send('one');
      peer.send('two');
      expect(await server.event('closed', 1)).toMatchObject({ reason: 'failed', error: { code: 'ERR_ECHO_STAGE' } });
    });

    it('fails the flow whose stage emits something else than bytes', async () => {
      const forgetful = (() => map(() => undefined)) as unknown as Stage;
      using server = await start({ stages: [forgetful] });
      await using peer = await udpClient(server.port);
      peer.send('hello');
      expect(await server.event('closed')).toMatchObject({ reason: 'failed', error: { code: 'ERR_ECHO_STAGE' } });
    });

    it.each([
      ['without stages', undefined],
      ['with stages', []],
    ])('answers at a stop what the kernel had received, %s', async (_, stages) => {
      using server = await start(stages && { stages });
      await using peer = await udpClient(server.port);
      // All in one turn of the event loop: the server has seen none of them when the signal comes.
      const sent = Array.from({ length: 200 }, (__, index) => `datagram ${index}`);
      sent.forEach((data) => peer.send(data));
      server.stop();
      for (const data of sent) expect(String(await peer.next())).toBe(data);
      expect(await server.report()).toEqual(lostNothing);
    });

    it('delivers at a stop what a stage buffers', async () => {
      using server = await start({ stages: [perChunk(delay(50))] });
      await using peer = await udpClient(server.port);
      peer.send('held');
      await server.event('opened');
      server.stop();
      expect(await server.report()).toEqual(lostNothing);
      expect(String(await peer.next())).toBe('held');
      expect((await server.event('closed')).reason).toBe('ended');
    });

    it('counts as lost what a stage buffers at the deadline', async () => {
      using server = await start({ stages: [perChunk(delay(60_000))], tcp: false });
      await using peer = await udpClient(server.port);
      for (const data of ['one', 'two', 'three']) peer.send(data);
      await server.event('opened');
      server.stop(50);
      expect(await server.report()).toEqual({ ...lostNothing, datagramsLost: 3 });
      expect((await server.event('closed')).reason).toBe('aborted');
      expect(await udpPortIsFree(server.port)).toBe(true);
    });
  });
});

describe('serveListener', () => {
  /** Listeners that fail when they are told to, and what one server makes of them. */
  const listeners = () => {
    const connections$ = new Subject<Connection>();
    const datagrams$ = new Subject<Datagram>();
    const queue = { capacity: 100, sizeOf: () => 1 };
    const local = { host: '127.0.0.1', port: 7 };
    const tcp: Listener = { transport: 'tcp', local, connections$, queue, close: () => connections$.complete() };
    const close = () => datagrams$.complete();
    const counts = { datagramsIn: 0, bytesIn: 0, datagramsOut: 0, bytesOut: 0 };
    const udp: Listener = { transport: 'udp', local, sockets: [local], datagrams$, counts, queue, close };
    const said: EchoEvent[] = [];
    const plan = shutdownSchedule(NEVER, monotonicScheduler);
    const pipelines = { reuseReadBuffer: true, connections: echoConnections, datagrams: echoDatagrams };
    const serve = serveListener({ port: 7, requests$: NEVER }, pipelines, plan, (event) => said.push(event));
    let ended = false;
    merge(serve(tcp), serve(udp)).subscribe({
      next: (event) => said.push(event),
      complete: () => (ended = true),
    });
    return { connections$, datagrams$, kinds: () => said.map(({ kind }) => kind), said, ended: () => ended };
  };

  const broken = new EchoError('ERR_ECHO_LISTENER', 'The listener failed');

  it('ends a listener that failed with an event, and serves on with the others', () => {
    const { connections$, datagrams$, said, kinds, ended } = listeners();
    connections$.next(testConnection());
    datagrams$.error(broken);
    connections$.next(testConnection());
    expect(kinds()).toEqual(['opened', 'failed', 'opened']);
    expect(said[1]).toEqual({
      kind: 'failed',
      transport: 'udp',
      local: { host: '127.0.0.1', port: 7 },
      error: broken,
    });
    expect(ended()).toBe(false);
  });

  it('serves the connections of a listener that failed to their own end', () => {
    const { connections$, datagrams$, kinds, ended } = listeners();
    const sent$ = new Subject<never>();
    connections$.next(testConnection({ writes: () => () => sent$ }));
    connections$.error(broken);
    datagrams$.complete();
    expect(kinds()).toEqual(['opened', 'failed']);
    expect(ended()).toBe(false);
    sent$.complete();
    expect(kinds()).toEqual(['opened', 'failed', 'closed']);
    expect(ended()).toBe(true);
  });
});

const fail = (): never => {
  throw new Error('boom');
};
