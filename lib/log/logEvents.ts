import { defer, tap, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../clock';
import type { EchoEvent } from '../events';
import type { PeerAccount } from '../peer';
import { firstOverflows } from './firstOverflows';
import { firstRefusals } from './firstRefusals';
import { linesOf } from './linesOf';

/** As syslog and winston name them, the most urgent first. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** One line of a log: a sentence for people, fields for programs. */
export interface LogLine {
  readonly level: LogLevel;
  /** The sentence, word for word. */
  readonly message: string;
  /** What a program reads instead: what happened, and to whom. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** A line that is no part of the transcript, whatever its level. */
  readonly to?: 'stderr';
  /** A line that only one kind of reader needs. Default: both. */
  readonly only?: 'text' | 'json';
}

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
 * const logger = { isLevelEnabled: () => true, log: ({ message }: LogLine) => lines.push(message) };
 * await using echo = await startEcho();
 * echo.events.pipe(logEvents(logger)).subscribe();
 */
export const logEvents =
  <P extends PeerAccount>(
    logger: EventLogger,
    scheduler: SchedulerLike = monotonicScheduler,
  ): MonoTypeOperatorFunction<EchoEvent<P>> =>
  (events$) =>
    defer(() => {
      const refusalOf = firstRefusals(scheduler);
      const overflowOf = firstOverflows();
      const write = (event: EchoEvent<P>): void => {
        const first = refusalOf(event) ?? overflowOf(event);
        if (first) logger.log(first);
        // A line for each datagram is only made where somebody reads it.
        if (isDetail(event) && !logger.isLevelEnabled('debug')) return;
        for (const line of linesOf(event)) logger.log(line);
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

const isDetail = ({ kind }: EchoEvent<PeerAccount>): boolean =>
  kind === 'answered' || kind === 'dropped' || kind === 'refused';
