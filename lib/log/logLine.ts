/** The levels of syslog and winston, the most urgent first. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** A line of the log: a sentence for people, fields for programs. */
export interface LogLine {
  readonly level: LogLevel;
  /** The sentence. */
  readonly message: string;
  /** What a program reads instead of the sentence. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** A line that belongs to stderr, whatever its level. */
  readonly to?: 'stderr';
  /** A line for only one of the two formats. Default: both. */
  readonly only?: 'text' | 'json';
}
