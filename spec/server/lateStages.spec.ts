import { concat, ignoreElements, mergeMap, NEVER, ReplaySubject, take, firstValueFrom, type Observable } from 'rxjs';
import type { Transport } from '../../lib/endpoint';
import { catalogue } from '../../lib/faults/catalogue';
import { faultStage } from '../../lib/faults/kit/faultStage';
import { LiveFault } from '../../lib/faults/kit/liveFault';
import { parseFault } from '../../lib/faults/parse/parseFault';
import { composeStages } from '../../lib/stages/composeStages';
import { echoConnections } from '../../lib/server/echo/echoConnections';
import { echoFlows } from '../../lib/server/echo/echoFlows';
import { startEcho, type Echo } from '../../lib/server/startEcho';
import type { Peer } from '../../lib/peer';
import type { Stage } from '../../lib/stage';
import { listenTcp } from '../../lib/tcp/tcpListener';
import { listenUdp } from '../../lib/udp/listenUdp';
import { onBothPaths } from '../support/onBothPaths';
import { client, readAll } from '../support/socket';
import { udpClient } from '../support/udp';
import { pattern } from '../support/pattern';

jest.setTimeout(30_000);

const host = '127.0.0.1';
const BYTES = 2_000_000;
const DATAGRAMS = 50;

/** Of each fault, with parameters that change no byte and lose none, or what is left of the stream. */
const words: Readonly<Record<string, string>> = {
  latency: 'latency=1ms',
  rate: 'rate=1000MB/s',
  loss: 'loss=0%',
  duplicate: 'duplicate=0%',
  corrupt: 'corrupt=0%',
  reorder: 'reorder=0%',
  slice: 'slice=60kB',
  limit: 'limit=100MB',
  reset: 'reset,after=100MB',
  close: 'close,after=100MB',
  blackhole: 'blackhole,after=1h',
  stall: 'stall,for=1ms',
  'slow-close': 'slow-close=1ms',
  'slow-open': 'slow-open=1ms',
};

/** Reads nothing until `go$` has emitted, and again nothing after the first chunk until it has emitted twice. */
const late =
  (go$: Observable<unknown>): Stage =>
  () =>
  (source) =>
    concat<Buffer[]>(
      go$.pipe(take(1), ignoreElements()),
      source.pipe(take(1)),
      go$.pipe(take(2), ignoreElements()),
      source,
    );

interface Server extends AsyncDisposable {
  readonly port: number;
}

/** With stages that can be changed while it runs, as `startEcho` has them. */
const live = async (transport: Transport, stages: readonly Stage[], fault: string): Promise<Server> =>
  startEcho({ udp: transport === 'udp', stages: [...stages, fault, ...stages] });

/** With the pipeline spelled out, as the library's users write it. */
const direct = async (transport: Transport, stages: readonly Stage[], fault: string): Promise<Server> => {
  const faultStages = parseFault(fault).map((spec) => faultStage(new LiveFault(spec)));
  const controls = {
    signal$: NEVER,
    deadline$: NEVER,
    through: composeStages([...stages, ...faultStages, ...stages]),
  };
  if (transport === 'tcp') {
    const listener = await firstValueFrom(listenTcp({ host, port: 0 }));
    const serving = listener.connections$.pipe(echoConnections(controls)).subscribe();
    return { port: listener.local.port, [Symbol.asyncDispose]: async () => serving.unsubscribe() };
  }
  const listener = await firstValueFrom(listenUdp({ host, port: 0 }));
  const serving = listener.datagrams$.pipe(echoFlows(controls)).subscribe();
  return { port: listener.local.port, [Symbol.asyncDispose]: async () => serving.unsubscribe() };
};

describe.each([
  ['live', live],
  ['direct', direct],
])('a stage that reads late, %s', (_, serve) => {
  const faultsOn = (transport: Transport): string[] =>
    catalogue
      .map(({ definition }) => definition)
      .filter(({ transports }) => transports.includes(transport))
      .map(({ name }) => words[name]!);

  it.each(faultsOn('tcp'))('loses no byte around %s', async (fault) => {
    const go$ = new ReplaySubject<void>(2);
    await using server = await serve('tcp', [late(go$)], fault);
    const socket = await client(server.port);
    const echoed = readAll(socket);
    const sent = pattern(BYTES);
    socket.write(sent.subarray(0, 1000), () => {
      go$.next();
      socket.end(sent.subarray(1000), () => undefined);
      setImmediate(() => go$.next());
    });
    expect((await echoed).equals(sent)).toBe(true);
  });

  it.each(faultsOn('udp'))('loses no datagram around %s', async (fault) => {
    const go$ = new ReplaySubject<void>(2);
    await using server = await serve('udp', [late(go$)], fault);
    await using peer = await udpClient(server.port);
    const sent = Array.from({ length: DATAGRAMS }, (_, index) => `number ${index}`);
    for (const text of sent) peer.send(text);
    go$.next();
    setImmediate(() => go$.next());
    const answers: string[] = [];
    while (answers.length < DATAGRAMS) answers.push(String(await peer.next()));
    expect(answers.sort()).toEqual(sent.sort());
  });
});

const nextOpened = ({ events }: Echo): Promise<Peer> =>
  firstValueFrom(events.pipe(mergeMap((event) => (event.kind === 'opened' ? [event.peer] : []))));

onBothPaths('a stage that reads late', () => {
  it('reads nothing before: TCP is paused, and a stop reports unread bytes', async () => {
    const echo = await startEcho({ stages: [() => () => NEVER], graceMs: 50 });
    const opened = nextOpened(echo);
    const socket = await client(echo.port);
    socket.on('error', () => undefined).write(pattern(BYTES));
    const { bytesIn } = await opened;
    const report = await echo.stop();
    expect(bytesIn).toBe(0);
    expect(report).toMatchObject({ connectionsAborted: 1, connectionsUnread: 1, bytesPending: 0 });
    socket.destroy();
  });

  it('is drained by a stop that came before it read', async () => {
    const go$ = new ReplaySubject<void>(2);
    const echo = await startEcho({ stages: [late(go$)] });
    const opened = nextOpened(echo);
    const socket = await client(echo.port);
    const echoed = readAll(socket);
    await new Promise((resolve) => socket.write('hello', resolve));
    await opened;
    const stopped = echo.stop();
    setImmediate(() => {
      go$.next();
      go$.next();
    });
    expect(String(await echoed)).toBe('hello');
    socket.end();
    expect(await stopped).toMatchObject({ connectionsDrained: 1, connectionsAborted: 0 });
  });
});
