import {
  defer,
  EMPTY,
  finalize,
  identity,
  interval,
  map,
  switchMap,
  takeUntil,
  type MonoTypeOperatorFunction,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import type { EchoEvent } from '../events';
import type { Connection, Peer } from '../peer';
import { Roster } from '../roster';
import type { Limits } from './limits';

/** How often in one idle timeout the connections are looked at: an end comes late by a quarter of it at most. */
const LOOKS = 4;

/**
 * Ends TCP connections that neither sent nor took a byte for the idle timeout of the limits, by ending their reading:
 * what is on its way drains, and FIN follows. One that takes nothing of what is owed to it for as long again is reset.
 * Their `closed` says `idle`. What a stage holds is no silence of the peer, nor is what a full pool keeps us from reading.
 *
 * ```text
 * events     --o-------------c--     no byte moved; c: completed
 * endIdle    --o-------------i--     i: idle
 * ```
 *
 * One timer for all, and a place in a roster for each. From the signal on nobody is sent away: a stop has its own deadline.
 *
 * @param signal$ The signal to stop.
 */
export const endIdle = (
  limits: Limits | undefined,
  signal$: Observable<unknown>,
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<EchoEvent> => {
  if (!limits) return identity;
  return (events$) =>
    defer(() => {
      const open = new Roster<Peer>('silent');
      // While there is no idle timeout, nothing is kept of a connection but its place.
      const silences = new WeakMap<Peer, Silence>();
      const begin = (peer: Peer): unknown => silences.set(peer, new Silence(peer as Connection, scheduler.now()));
      const follow = (event: EchoEvent): EchoEvent => {
        if (event.kind === 'opened' && event.peer.transport === 'tcp') {
          open.add(event.peer);
          if (limits.idleTimeoutMs$.value !== Infinity) begin(event.peer);
        }
        if (event.kind !== 'closed') return event;
        open.delete(event.peer);
        const wasEnded = silences.get(event.peer)?.hasEndedIt;
        return wasEnded ? { ...event, why: 'idle' } : event;
      };
      const looks = limits.idleTimeoutMs$
        .pipe(
          switchMap((idleMs) =>
            idleMs === Infinity ? EMPTY : interval(idleMs / LOOKS, scheduler).pipe(map(() => idleMs)),
          ),
          takeUntil(signal$),
        )
        .subscribe((idleMs) => {
          for (const peer of open) {
            const silence = silences.get(peer);
            if (silence) silence.look(scheduler.now(), idleMs);
            else begin(peer);
          }
        });
      return events$.pipe(
        map(follow),
        finalize(() => looks.unsubscribe()),
      );
    });
};

/** How long a connection has been silent, as far as anybody looked. */
class Silence {
  hasEndedIt = false;
  #moved: number;

  constructor(
    private readonly connection: Connection,
    private sinceMs: number,
  ) {
    this.#moved = connection.moved;
  }

  look(nowMs: number, idleMs: number): void {
    const { moved, waitsForPeer } = this.connection;
    if (moved !== this.#moved || !waitsForPeer) {
      this.#moved = moved;
      this.sinceMs = nowMs;
    } else if (nowMs - this.sinceMs >= idleMs) {
      this.sinceMs = nowMs;
      if (this.hasEndedIt) this.connection.abort();
      else this.connection.end();
      this.hasEndedIt = true;
    }
  }
}
