import { defer, tap, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../monotonicScheduler';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import { overflowWarnings } from './overflowWarnings';
import { refusalWarnings } from './refusalWarnings';
import { formatEvent } from './formatEvent';
import type { LogLine } from './logLine';

/** Receives lines: a winston logger, or an object of its shape. */
export interface LineLogger {
  isLevelEnabled(level: string): boolean;
  log(line: LogLine): unknown;
}

/**
 * Logs each event, and passes the stream unchanged. A logger that throws loses only its own line.
 *
 * ```text
 * events       -l--o---c--|
 * logEvents    -l--o---c--|      and three lines
 * ```
 *
 * @example
 * const lines: string[] = [];
 * const logger = { isLevelEnabled: () => true, log: ({ message }: { readonly message: string }) => lines.push(message) };
 * await using echo = await startEcho();
 * echo.events.pipe(logEvents(logger)).subscribe();
 *
 */
export const logEvents =
  <P extends PeerStats>(
    logger: LineLogger,
    scheduler: SchedulerLike = monotonicScheduler,
  ): MonoTypeOperatorFunction<EchoEvent<P>> =>
  (events$) =>
    defer(() => {
      const refusalOf = refusalWarnings(scheduler);
      const overflowOf = overflowWarnings();
      const write = (event: EchoEvent<P>): void => {
        const first = refusalOf(event) ?? overflowOf(event);
        if (first) logger.log(first);
        // The line of a datagram is made only if something reads it.
        if (isDetail(event) && !logger.isLevelEnabled('debug')) return;
        for (const line of formatEvent(event)) logger.log(line);
      };
      return events$.pipe(
        tap((event) => {
          try {
            write(event);
          } catch {
            // The echo continues; a failing log cannot be reported to itself.
          }
        }),
      );
    });

const isDetail = ({ kind }: EchoEvent<PeerStats>): boolean =>
  kind === 'answered' || kind === 'dropped' || kind === 'refused';
