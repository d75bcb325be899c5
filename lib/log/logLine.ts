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
