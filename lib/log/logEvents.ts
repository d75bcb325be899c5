import { defer, tap, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../monotonicScheduler';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import { overflowWarnings } from './overflowWarnings';
import { refusalWarnings } from './refusalWarnings';
import { formatEvent } from './formatEvent';
import type { LogLine } from './logLine';

/** Where lines go: a winston logger, or anything of its shape. */
export interface EventLogger {
  isLevelEnabled(level: string): boolean;
  log(line: LogLine): unknown;
}

/**
 * Writes the lines of each event, and passes the stream through untouched. Logging is an operator over the events of a
 * server, and no call inside the pipeline; a logger that throws ends nothing but its own line.
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
 */
export const logEvents =
  <P extends PeerStats>(
    logger: EventLogger,
    scheduler: SchedulerLike = monotonicScheduler,
  ): MonoTypeOperatorFunction<EchoEvent<P>> =>
  (events$) =>
    defer(() => {
      const refusalOf = refusalWarnings(scheduler);
      const overflowOf = overflowWarnings();
      const write = (event: EchoEvent<P>): void => {
        const first = refusalOf(event) ?? overflowOf(event);
        if (first) logger.log(first);
        // A line for each datagram is only made where somebody reads it.
        if (isDetail(event) && !logger.isLevelEnabled('debug')) return;
        for (const line of formatEvent(event)) logger.log(line);
      };
      return events$.pipe(
        tap((event) => {
          try {
            write(event);
          } catch {
            // The echo goes on: who looks after the log hears of it from the log.
          }
        }),
      );
    });

const isDetail = ({ kind }: EchoEvent<PeerStats>): boolean =>
  kind === 'answered' || kind === 'dropped' || kind === 'refused';
