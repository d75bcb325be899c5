import { firstValueFrom, lastValueFrom, map, merge, mergeMap, of, Subject, take, tap, toArray } from 'rxjs';
import type { Datagram, DroppedDatagram } from '../../../lib/peer';
import {
  ignoreReflections,
  ReflectionGuard,
  type ReflectionGuardOptions,
} from '../../../lib/udp/filter/reflectionGuard';
import { listenUdp } from '../../../lib/udp/listenUdp';
import { itOnLinux } from '../../support/installed';
import { fakeDatagram, forge, itWithRawSockets, naiveEcho, udpClient } from '../../support/udp';

interface Guarded extends Disposable {
  readonly port: number;
  readonly dropped$: Subject<DroppedDatagram>;
  readonly received$: Subject<Datagram>;
}

/** An echo behind a guard. */
const echo = async (options?: ReflectionGuardOptions): Promise<Guarded> => {
  const listener = await firstValueFrom(listenUdp({ host: '127.0.0.1', port: 0 }));
  const [dropped$, received$] = [new Subject<DroppedDatagram>(), new Subject<Datagram>()];
  listener.datagrams$
    .pipe(
      tap(received$),
      ignoreReflections(new ReflectionGuard(options), (dropped) => dropped$.next(dropped)),
      mergeMap((datagram) => datagram.reply(datagram.data)),
    )
    .subscribe();
  return { port: listener.local.port, dropped$, received$, [Symbol.dispose]: () => listener.close() };
};

/** A datagram from a port to a socket on port 7007. */
const from = (port: number): Datagram => ({
  ...fakeDatagram('192.0.2.1'),
  local: { host: '127.0.0.1', port: 7007 },
  remote: { host: '192.0.2.1', port },
});

describe('ReflectionGuard', () => {
  const table: Record<number, readonly string[]> = {
    1: ['reserved port', '-', '-'],
    7: ['reserved port', 'reserved port', '-'],
    9: ['reserved port', 'reserved port', '-'],
    13: ['reserved port', 'reserved port', '-'],
    17: ['reserved port', 'reserved port', '-'],
    19: ['reserved port', 'reserved port', '-'],
    37: ['reserved port', 'reserved port', '-'],
    53: ['reserved port', '-', '-'],
    1023: ['reserved port', '-', '-'],
    1024: ['-', '-', '-'],
    2049: ['reserved port', '-', '-'],
    7007: ['own port', 'own port', 'own port'],
    49152: ['-', '-', '-'],
    65535: ['-', '-', '-'],
  };
  it.each(Object.entries(table))('from port %s: %j', (port, reasons) => {
    const found = (['reserved', 'services', 'none'] as const).map(
      (ignoreSourcePorts) => new ReflectionGuard({ ignoreSourcePorts }).dropReason(from(Number(port))) ?? '-',
    );
    expect(found).toEqual(reasons);
  });

  it('throws for ports that have no such name', () => {
    expect(() => new ReflectionGuard({ ignoreSourcePorts: 'some' as 'none' })).toThrow(
      'Expected `ignoreSourcePorts` to be one of reserved, services, none, got `some`',
    );
  });

  it.each([0, NaN])('throws for a loop of %p turns', (loopThreshold) => {
    expect(() => new ReflectionGuard({ loopThreshold })).toThrow('Expected `loopThreshold` to be');
  });

  it('observes what stages send instead of what arrived', () => {
    const withheld = (sendsBack: boolean): boolean => {
      const guard = new ReflectionGuard({ loopThreshold: 10, sendsBack });
      const datagram = from(50_000);
      const answers = Array.from({ length: 100 }, () => guard.dropReason(datagram));
      return answers.includes('loop-check');
    };
    expect([withheld(true), withheld(false)]).toEqual([true, false]);
  });
});

describe('ignoreReflections', () => {
  it('drops what a guard does not answer, and reports it', () => {
    const dropped: DroppedDatagram[] = [];
    const passed: Datagram[] = [];
    of(from(7), from(50_000))
      .pipe(ignoreReflections(undefined, (drop) => dropped.push(drop)))
      .subscribe((datagram) => passed.push(datagram));
    expect(dropped).toEqual([{ reason: 'reserved port', remote: { host: '192.0.2.1', port: 7 }, bytes: 9 }]);
    expect(passed.map(({ remote }) => remote.port)).toEqual([50_000]);
  });

  itOnLinux(
    'answers neither a reserved port nor another echo server on its own port, reports the reason, and continues',
    async () => {
      using server = await echo();
      const reasons = lastValueFrom(
        server.dropped$.pipe(
          take(2),
          map(({ reason }) => reason),
          toArray(),
        ),
      );
      await using nfs = await udpClient(server.port, '127.0.0.1', { port: 2049 });
      nfs.send('from a service');
      await using twin = await udpClient(server.port, '127.0.0.1', { address: '127.0.0.2', port: server.port });
      twin.send('from an echo server');
      expect(await reasons).toEqual(['reserved port', 'own port']);
      await using peer = await udpClient(server.port);
      peer.send('hello');
      expect(String(await peer.next())).toBe('hello');
    },
  );

  it('answers a reserved port where nothing is to be refused', async () => {
    using server = await echo({ ignoreSourcePorts: 'services' });
    await using nfs = await udpClient(server.port, '127.0.0.1', { port: 2049 });
    nfs.send('hello');
    expect(String(await nfs.next())).toBe('hello');
  });

  describe('of two echo servers that face each other', () => {
    const loopThreshold = 200;

    /** Resolves when so many answers were withheld from a loop. */
    const withheld = (server: Guarded, answers = 1) => lastValueFrom(server.dropped$.pipe(take(answers), toArray()));

    /** Whether another client is answered, a hundred times, while nothing else comes. */
    const isQuiet = async (server: Guarded): Promise<boolean> => {
      let others = 0;
      await using peer = await udpClient(server.port);
      const counting = server.received$.subscribe(({ remote }) => (others += remote.port === peer.port ? 0 : 1));
      for (let at = 0; at < 100; at += 1) {
        peer.send(`${at}`);
        await peer.next();
      }
      counting.unsubscribe();
      return others === 0;
    };

    itWithRawSockets('ends the loop of one forged datagram', async () => {
      using one = await echo({ loopThreshold });
      using other = await echo({ loopThreshold });
      const dropped = firstValueFrom(merge(one.dropped$, other.dropped$));
      expect(forge(other.port, one.port, 'forged')).toBe(true);
      expect(await dropped).toMatchObject({ reason: 'loop-check', bytes: 6 });
      expect(await isQuiet(one)).toBe(true);
    });

    it.each([
      ['the same', () => 'forged'],
      ['different ones', (at: number) => `forged ${at}`],
    ])('ends the loop of a hundred datagrams, %s', async (_, dataOf) => {
      using server = await echo({ loopThreshold });
      using naive = await naiveEcho();
      const dropped = withheld(server, 100);
      for (let at = 0; at < 100; at += 1) naive.send(dataOf(at), server.port, '127.0.0.1');
      expect(await dropped).toHaveLength(100);
      expect(await isQuiet(server)).toBe(true);
    });
  });
});
