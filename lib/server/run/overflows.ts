// Not `node:fs/promises`, which Node would load at every start.
import { promises, readFileSync } from 'node:fs';
import { exhaustMap, interval, map, merge, mergeMap, take, takeUntil, type Observable, type SchedulerLike } from 'rxjs';
import type { EchoEvent } from '../../events';
import { acceptOverflows, NETSTAT } from '../../tcp/queues/acceptOverflows';
import { KernelDropCounter, UDP_TABLES } from '../../udp/kernelDrops';
import type { UdpListener } from '../../udp/udpListener';

/** The time between two readings. */
const POLL_MS = 1000;

type Overflowed = Extract<EchoEvent, { kind: 'overflowed' }>;

/** Files of `/proc`, and the events that follow from their content. */
interface Meter {
  readonly files: readonly string[];
  readonly events: (texts: readonly string[]) => Overflowed[];
}

/**
 * Emits `overflowed` when the kernel has dropped datagrams in front of a listener. It reads the counters every second,
 * and once more at the signal (008). Only Linux shows them.
 */
export const receiveOverflows = (
  listener: Pick<UdpListener, 'sockets'>,
  signal$: Observable<unknown>,
  scheduler: SchedulerLike,
): Observable<Overflowed> => {
  const counter = new KernelDropCounter();
  const events = (tables: readonly string[]): Overflowed[] =>
    counter
      .since(tables, listener.sockets)
      .map(({ local, datagrams }) => ({ kind: 'overflowed', transport: 'udp', local, dropped: datagrams }));
  return watched({ files: UDP_TABLES, events }, signal$, scheduler);
};

/** Emits `overflowed` when connection attempts found a full accept queue in this network namespace. */
export const acceptQueueOverflows = (
  signal$: Observable<unknown>,
  scheduler: SchedulerLike,
): Observable<Overflowed> => {
  let before = acceptOverflows(nowIn(NETSTAT)) ?? 0;
  const events = ([netstat = '']: readonly string[]): Overflowed[] => {
    const now = acceptOverflows(netstat) ?? before;
    const dropped = now - before;
    before = now;
    return dropped > 0 ? [{ kind: 'overflowed', transport: 'tcp', dropped }] : [];
  };
  return watched({ files: [NETSTAT], events }, signal$, scheduler);
};

const watched = (
  { files, events }: Meter,
  signal$: Observable<unknown>,
  scheduler: SchedulerLike,
): Observable<Overflowed> => {
  const polled$ = interval(POLL_MS, scheduler).pipe(
    exhaustMap(() => Promise.all(files.map(laterIn))),
    takeUntil(signal$),
  );
  // At once: the counters disappear with the sockets.
  const last$ = signal$.pipe(
    take(1),
    map(() => files.map(nowIn)),
  );
  return merge(polled$, last$).pipe(mergeMap(events));
};

const laterIn = (file: string): Promise<string> => promises.readFile(file, 'latin1').catch(() => '');

const nowIn = (file: string): string => {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
};
