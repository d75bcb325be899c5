import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { bufferCount, EMPTY, filter, firstValueFrom, map, mergeMap, throwError, type Observable } from 'rxjs';
import { EchoError } from '../../lib/errors';
import type { EchoEvent } from '../../lib/events';
import { latency } from '../../lib/faults/latency';
import type { Connection, Flow } from '../../lib/peer';
import { relay, type RelayOptions } from '../../lib/server/relay';
import type { StartedServer, StartOptions } from '../../lib/server/start';
import { startEcho, type StartEchoOptions } from '../../lib/server/startEcho';
import { startServer } from '../../lib/server/startServer';
import type { Stage, StageContext } from '../../lib/stage';
import { tcpClient } from '../../lib/tcp/tcpClient';
import { udpClient } from '../../lib/udp/udpClient';
import { client, read } from '../support/socket';
import { udpClient as foreignUdpClient } from '../support/udp';
import { pattern } from '../support/pattern';
import { waitUntilStalled } from '../support/waitUntilStalled';

const host = '127.0.0.1';
const MIB = 1024 * 1024;
const nothing = { connectionsDrained: 0, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 };

/** A relay to the server at `port`. */
const startRelay = (port: number, options?: RelayOptions, start?: StartOptions): Promise<StartedServer> =>
  startServer((near) => {
    const far$: Observable<Connection | Flow> =
      near.transport === 'tcp' ? tcpClient({ host, port, lingerMs: 30 }) : udpClient({ host, port, lingerMs: 30 });
    return far$.pipe(mergeMap((far) => relay(near, far, options)));
  }, start);

/** A client behind a relay that stands before an echo server. */
interface Relayed extends AsyncDisposable {
  readonly echo: StartedServer;
  readonly relay: StartedServer;
  readonly socket: Socket;
  /** The relay's connection to the client. */
  readonly near: Promise<Connection>;
  /** The end of the relay's connection to the echo server. */
  readonly closed: Promise<EchoEvent>;
}

const closedOf = ({ events }: StartedServer): Promise<EchoEvent> =>
  firstValueFrom(events.pipe(filter(({ kind }) => kind === 'closed')));

const openedOf = ({ events }: StartedServer): Promise<Connection> =>
  firstValueFrom(events.pipe(mergeMap((event) => (event.kind === 'opened' ? [event.peer as Connection] : EMPTY))));

const relayed = async (echoOptions?: StartEchoOptions, options?: RelayOptions): Promise<Relayed> => {
  const echo = await startEcho(echoOptions);
  const closed = closedOf(echo);
  const relaying = await startRelay(echo.port, options);
  const near = openedOf(relaying);
  const socket = await client(relaying.port);
  const end = async (): Promise<void> => {
    socket.destroy();
    await relaying.stop({ graceMs: 0 });
    await echo.stop({ graceMs: 0 });
  };
  return { echo, relay: relaying, socket, near, closed, [Symbol.asyncDispose]: end };
};

/** A client, a relay, and a server that is no more than a socket: `near` and `far`. */
const between = async (start?: StartOptions) => {
  const server = createServer({ allowHalfOpen: true }).listen(0, host);
  await once(server, 'listening');
  const relaying = await startRelay((server.address() as AddressInfo).port, {}, start);
  const closed = closedOf(relaying);
  const [opened, accepted] = [openedOf(relaying), once(server, 'connection')];
  const near = await client(relaying.port);
  const [far] = (await accepted) as [Socket];
  const end = async (): Promise<void> => {
    near.destroy();
    far.destroy();
    server.close();
    await relaying.stop({ graceMs: 0 });
  };
  return { relaying, closed, near, far, peer: await opened, [Symbol.asyncDispose]: end };
};

/** Everything that comes until the other side ends; this side stays open, unlike after a `for await`. */
const readToEnd = async (socket: Socket): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  await once(
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk)),
    'end',
  );
  return Buffer.concat(chunks);
};

/** Errors with `error` when the word comes by. */
const failAt =
  (word: string, error: EchoError): Stage =>
  () =>
    mergeMap((chunk: Buffer) => (chunk.includes(word) ? throwError(() => error) : [chunk]));

const upperCase: Stage = () => map((chunk) => Buffer.from(chunk.toString().toUpperCase()));

describe('relay', () => {
  it('returns what a client sent before half-closing, and then the end', async () => {
    await using relay = await relayed();
    relay.socket.end(pattern(MIB));
    expect((await readToEnd(relay.socket)).equals(pattern(MIB))).toBe(true);
    expect(await relay.closed).toMatchObject({ reason: 'ended' });
  });

  it('continues when a client reads after everything on the way was full', async () => {
    await using relay = await relayed();
    relay.socket.end(pattern(16 * MIB));
    await waitUntilStalled(await relay.near);
    expect((await readToEnd(relay.socket)).equals(pattern(16 * MIB))).toBe(true);
  });

  it('passes the end of the server on to the client, and the answer of the client to the server', async () => {
    await using relay = await relayed();
    relay.socket.write('hello');
    await read(relay.socket, 5);
    const ended = once(relay.socket, 'end');
    const report = relay.echo.stop();
    await ended;
    relay.socket.end();
    expect(await report).toMatchObject({ connectionsDrained: 1, connectionsAborted: 0 });
    expect(await relay.closed).toMatchObject({ reason: 'completed' });
  });

  it('passes a reset of the client on to the server', async () => {
    await using relay = await relayed();
    relay.socket.write('hello');
    await read(relay.socket, 5);
    relay.socket.resetAndDestroy();
    expect(await relay.closed).toMatchObject({ reason: 'reset by peer' });
  });

  it('passes a reset of the server on to the client', async () => {
    await using relay = await relayed({ stages: [failAt('bang', new EchoError('ERR_ECHO_RESET', 'bang'))] });
    relay.socket.write('hello');
    await read(relay.socket, 5);
    const broken = once(relay.socket, 'error');
    relay.socket.write('bang');
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(await relay.closed).toMatchObject({ reason: 'reset by fault' });
  });

  it('resets a client that half-closed before the server reset', async () => {
    await using relay = await relayed({ stages: [failAt('bang', new EchoError('ERR_ECHO_RESET', 'bang'))] });
    relay.socket.write('hello');
    await read(relay.socket, 5);
    const broken = once(relay.socket, 'error');
    relay.socket.end('bang');
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('resets a client whose server cannot be reached', async () => {
    const echo = await startEcho();
    await echo.stop();
    await using relaying = await startRelay(echo.port);
    const closed = closedOf(relaying);
    const socket = await client(relaying.port);
    expect((await once(socket.resume(), 'error'))[0]).toMatchObject({ code: 'ECONNRESET' });
    expect(await closed).toMatchObject({ reason: 'failed', error: { code: 'ERR_ECHO_CONNECTION' } });
  });

  describe('with stages', () => {
    it('gives each direction stages of its own, which know their direction', async () => {
      const directions: StageContext['direction'][] = [];
      const noted =
        (suffix: string): Stage =>
        ({ direction }) => {
          directions.push(direction);
          return map((chunk) => Buffer.concat([chunk, Buffer.from(suffix)]));
        };
      await using relay = await relayed({}, { upstream: [noted('u'), upperCase], downstream: [noted('d')] });
      relay.socket.write('hello ');
      expect((await read(relay.socket, 8)).toString()).toBe('HELLO Ud');
      expect(directions).toEqual(['upstream', 'downstream']);
    });

    it('gives an operator of the user’s own chunks that it may keep', async () => {
      const buffered = () => bufferCount<Buffer>(4);
      const late = () => (source$: Observable<Buffer>) =>
        source$.pipe(
          buffered(),
          map((chunks) => Buffer.concat(chunks)),
        );
      await using relay = await relayed({}, { upstream: late, downstream: late });
      relay.socket.end(pattern(MIB));
      expect((await readToEnd(relay.socket)).equals(pattern(MIB))).toBe(true);
    });

    it('passes 40 MB each way at once under latency in both directions', async () => {
      const slow = { upstream: [latency({ delayMs: 5 })], downstream: [latency({ delayMs: 5 })] };
      await using relay = await relayed({}, slow);
      relay.socket.end(pattern(40_000_000));
      expect((await readToEnd(relay.socket)).equals(pattern(40_000_000))).toBe(true);
    });

    it('passes what the server’s own stages buffer to a client that reads late, on a budget of its direction', async () => {
      const echo = await startEcho();
      await using relaying = await startRelay(echo.port, {}, { stages: ['latency=5ms'] });
      const near = openedOf(relaying);
      const socket = await client(relaying.port);
      socket.end(pattern(40 * MIB));
      await waitUntilStalled(await near);
      expect((await readToEnd(socket)).equals(pattern(40 * MIB))).toBe(true);
      await echo.stop();
    });
  });

  it.each(['near', 'far'] as const)('passes all that one side (%s) sends while it reads nothing', async (side) => {
    await using both = await between();
    const [from, to] = side === 'near' ? [both.near, both.far] : [both.far, both.near];
    to.end(pattern(16 * MIB));
    await waitUntilStalled(both.peer, () => both.peer.bytesPending > MIB / 4);
    from.end(pattern(8 * MIB));
    expect((await readToEnd(to)).equals(pattern(8 * MIB))).toBe(true);
    expect((await readToEnd(from)).equals(pattern(16 * MIB))).toBe(true);
    expect(await both.closed).toMatchObject({ reason: 'ended', peer: { bytesPending: 0, framesPending: 0 } });
  });

  it('reports what a server did not take before it broke', async () => {
    await using both = await between();
    both.near.on('error', () => undefined).end(pattern(16 * MIB));
    await waitUntilStalled(both.peer, () => both.peer.bytesPending > MIB / 4);
    both.far.resetAndDestroy();
    const { peer } = (await both.closed) as unknown as { readonly peer: Connection };
    expect(peer.bytesPending).toBeGreaterThan(MIB / 4);
  });

  describe.each([
    ['client', 'near', 'far'],
    ['server', 'far', 'near'],
  ] as const)('when the %s is the first to end', (name, first, second) => {
    it('passes a FIN on, and what the other answers', async () => {
      await using both = await between();
      both[first].end('last');
      expect((await readToEnd(both[second])).toString()).toBe('last');
      both[second].end('answer');
      expect((await readToEnd(both[first])).toString()).toBe('answer');
      expect(await both.closed).toMatchObject({ reason: 'ended' });
    });

    it('passes all before a FIN on to one that has ended already', async () => {
      await using both = await between();
      both[second].end();
      await readToEnd(both[first]);
      both[first].end(pattern(MIB));
      expect((await readToEnd(both[second])).equals(pattern(MIB))).toBe(true);
      expect(await both.closed).toMatchObject({ reason: 'ended' });
    });

    it('passes a reset on', async () => {
      await using both = await between();
      const broken = once(both[second].resume(), 'error');
      both[first].resetAndDestroy();
      expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
      expect(await both.closed).toMatchObject({ reason: name === 'client' ? 'reset by peer' : 'failed' });
    });

    it('passes a reset on to one that has half-closed', async () => {
      await using both = await between();
      both[second].end('last');
      await readToEnd(both[first]);
      const broken = once(both[second].resume(), 'error');
      both[first].resetAndDestroy();
      expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
      expect(await both.closed).toMatchObject({ reason: name === 'client' ? 'reset by peer' : 'failed' });
    });
  });

  describe('at a stop', () => {
    it('waits for the answer to what it has passed on', async () => {
      await using both = await between();
      both.near.write('question');
      await read(both.far, 8);
      const stopped = both.relaying.stop();
      // The relay's FIN is behind the question.
      await once(both.far.resume(), 'end');
      both.far.end('answer');
      expect((await readToEnd(both.near)).toString()).toBe('answer');
      both.near.end();
      expect(await stopped).toEqual({ ...nothing, connectionsDrained: 1 });
    });

    it('ends both sides when neither does, once each', async () => {
      await using both = await between({ lingerMs: 30 });
      const ended = Promise.all([once(both.far.resume(), 'end'), once(both.near.resume(), 'end')]);
      expect(await both.relaying.stop()).toEqual({ ...nothing, connectionsDrained: 1 });
      await ended;
    });

    it('resets both at the deadline, and counts what was pending over both', async () => {
      await using both = await between();
      both.near.write(pattern(16 * MIB));
      both.far.write(pattern(16 * MIB));
      await waitUntilStalled(both.peer);
      const upstreamBytes = both.peer.budget.bufferedBytes;
      const broken = Promise.all([once(both.near, 'error'), once(both.far, 'error')]);
      const report = await both.relaying.stop({ graceMs: 30 });
      expect(report).toMatchObject({ connectionsDrained: 0, connectionsAborted: 1 });
      expect(report.bytesPending).toBeGreaterThan(upstreamBytes);
      expect(await both.closed).toMatchObject({ reason: 'aborted' });
      await broken;
    });

    it('delivers what stages of both directions buffer', async () => {
      const held = { upstream: [latency({ delayMs: 60_000 })], downstream: [latency({ delayMs: 60_000 })] };
      await using relay = await relayed({}, held);
      relay.socket.end('hello');
      await relay.near;
      const stopped = relay.relay.stop({ graceMs: 1000 });
      expect((await readToEnd(relay.socket)).toString()).toBe('hello');
      expect(await stopped).toEqual({ ...nothing, connectionsDrained: 1 });
    });
  });

  describe('of datagrams', () => {
    it('passes them both ways, each flow through a socket of its own', async () => {
      const echo = await startEcho({ udp: true });
      await using relaying = await startRelay(echo.port, { downstream: [upperCase] }, { udp: true });
      await using a = await foreignUdpClient(relaying.port);
      await using b = await foreignUdpClient(relaying.port);
      a.send('from a');
      b.send('from b');
      expect([await a.next(), await b.next()].map(String)).toEqual(['FROM A', 'FROM B']);
      await echo.stop();
    });

    it('answers at a stop what came before it', async () => {
      const echo = await startEcho({ udp: true, stages: ['latency=10ms'] });
      const relaying = await startRelay(echo.port, {}, { udp: true });
      const opened = openedOf(relaying);
      await using socket = await foreignUdpClient(relaying.port);
      socket.send('hello');
      await opened;
      expect(await relaying.stop()).toEqual(nothing);
      expect(String(await socket.next())).toBe('hello');
      await echo.stop();
    });
  });
});
