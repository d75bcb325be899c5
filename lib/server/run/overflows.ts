// Not `node:fs/promises`, which Node would load at every start: here it is loaded when it is asked.
import { promises, readFileSync } from 'node:fs';
import { exhaustMap, interval, map, merge, mergeMap, take, takeUntil, type Observable, type SchedulerLike } from 'rxjs';
import type { EchoEvent } from '../../events';
import { acceptOverflows, NETSTAT } from '../../tcp/queues/acceptOverflows';
import { KernelDropCounter, UDP_TABLES } from '../../udp/kernelDrops';
import type { UdpListener } from '../../udp/udpListener';

/** How often the kernel is asked. */
const POLL_MS = 1000;

type Overflowed = Extract<EchoEvent, { kind: 'overflowed' }>;

/** Files of /proc, and what follows from what they say now. */
interface Meter {
  readonly files: readonly string[];
  readonly events: (texts: readonly string[]) => Overflowed[];
}

/**
 * Emits `overflowed` when the kernel has dropped datagrams in front of the sockets of a listener: it asks every second, and
 * a last time when the signal to stop comes. Elsewhere than on Linux nothing is to be seen.
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

/** Emits `overflowed` when connections found a full accept queue in this network namespace while we listened. */
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
  // At once: a moment later the sockets are closed, and their counts gone.
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
