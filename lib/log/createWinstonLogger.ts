import type { Writable } from 'node:stream';
import { createLogger, format, transports, type Logger } from 'winston';

import { BoundedWriter } from './boundedWriter';
import type { LogLevel } from './logLine';

type TransformableInfo = Parameters<Parameters<typeof format>[0]>[0];

export interface LoggerOptions {
  readonly level: LogLevel | 'silent';
  readonly format: 'text' | 'json';
  /** Takes the transcript: the lines of `info`. */
  readonly stdout: Writable;
  /** Takes warnings, errors and the details of `debug`. */
  readonly stderr: Writable;
  /** Colours the prefix of a warning, in the text format. Default: it has no colour. */
  readonly yellow?: (text: string) => string;
  /** Colours the prefix of an error, in the text format. Default: it has no colour. */
  readonly red?: (text: string) => string;
}

/** Creates a winston logger for the lines of `logEvents`. */
export const createWinstonLogger = ({ level, format: kind, stdout, stderr, ...colors }: LoggerOptions): Logger => {
  for (const stream of [stdout, stderr]) if (stream instanceof BoundedWriter) stream.lostLine = lostLineFor(kind);
  return createLogger({
    level: level === 'silent' ? 'error' : level,
    silent: level === 'silent',
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    transports: [
      new transports.Stream({ stream: stdout, eol: '\n', format: linesFor(kind, isTranscript, colors) }),
      new transports.Stream({
        stream: stderr,
        eol: '\n',
        format: linesFor(kind, (line) => !isTranscript(line), colors),
      }),
    ],
  });
};

/** In the format of the other lines, so that a program that reads JSON can continue. */
const lostLineFor =
  (kind: 'text' | 'json') =>
  (lines: number, reason: string): string => {
    const message = `${lines} log lines were lost: ${reason}`;
    return `${lineFor(kind)({ level: 'warn', message, fields: { event: 'log lines lost', lines } })}\n`;
  };

const isTranscript = (line: TransformableInfo): boolean => line.level === 'info' && line['to'] !== 'stderr';

const linesFor = (kind: 'text' | 'json', takes: (line: TransformableInfo) => boolean, colors: PrefixColors) => {
  const taken = format((line) => (takes(line) && (line['only'] ?? kind) === kind ? line : false))();
  return format.combine(taken, format.printf(lineFor(kind, colors)));
};

interface Line {
  readonly level: string;
  readonly message: unknown;
  readonly fields?: unknown;
}

type PrefixColors = Pick<LoggerOptions, 'yellow' | 'red'>;

const lineFor = (kind: 'text' | 'json', colors: PrefixColors = {}) => (kind === 'text' ? textWith(colors) : jsonOf);

/** A sentence of `info` has no prefix; every other line names the command. */
const textWith =
  ({ yellow = plain, red = plain }: PrefixColors) =>
  ({ level, message }: Line): string => {
    if (level === 'info') return String(message);
    if (level === 'warn') return `${yellow('ccecho: warning:')} ${String(message)}`;
    return `${level === 'error' ? red('ccecho:') : 'ccecho:'} ${String(message)}`;
  };

const plain = (text: string): string => text;

const jsonOf = ({ level, message, fields }: Line): string =>
  JSON.stringify({ time: new Date().toISOString(), level, ...(fields as object), message }).replace(
    // JSON does not escape these characters, and a terminal interprets them.
    /[\x7f-\x9f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
