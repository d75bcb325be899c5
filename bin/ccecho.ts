#!/usr/bin/env node
import './takeSignals';
import type { Writable } from 'node:stream';
import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import type * as rxjs from 'rxjs';
import { run } from '../lib/cli/run';
import { exitStatus } from '../lib/cli/exitStatus';
import type { ProcessContext } from '../lib/cli/processContext';
import { BoundedWriter } from '../lib/log/boundedWriter';
import { destinationOf } from '../lib/log/destinationOf';

/** How long the exit waits for a log that nobody reads. */
const LOG_WAIT_MS = 1000;

/**
 * Node makes writes to a terminal blocking; a stopped one (ctrl-S) would block the echo. This is not documented, so it
 * is called only if it exists.
 */
const unblocked = (stream: Writable & { _handle?: { setBlocking?(blocking: boolean): void } }): Writable => {
  stream._handle?.setBlocking?.(false);
  return stream;
};

const stdout = new BoundedWriter(destinationOf(1, () => unblocked(process.stdout)));
const stderr = new BoundedWriter(destinationOf(2, () => unblocked(process.stderr)));

/** Loads RxJS on demand, with `require`: no signal can arrive between the call and the subscription. */
const signals = (...names: readonly NodeJS.Signals[]): rxjs.Observable<unknown> => {
  const { fromEvent, merge } = require('rxjs') as typeof rxjs;
  return merge(...names.map((name) => fromEvent(process, name)));
};

/**
 * Returns whether a stream may be coloured: NO_COLOR (no-color.org) forbids it, FORCE_COLOR asks for it, and a terminal
 * shows it.
 */
const hasColors = (descriptor: 1 | 2): boolean => {
  const { NO_COLOR = '', FORCE_COLOR } = process.env;
  if (NO_COLOR !== '') return false;
  return FORCE_COLOR === undefined ? isatty(descriptor) : !['', '0', 'false'].includes(FORCE_COLOR);
};

const painter = (format: 'dim' | 'yellow' | 'red') => (text: string) =>
  styleText(format, text, { validateStream: false });

const args = process.argv.slice(2);

/** Node's own status would be 1, which means that something was lost. */
let onUncaught = (error: unknown): void => process.exit(bug(error));

const terminal: ProcessContext = {
  stdout,
  stderr,
  env: process.env,
  isInteractive: isatty(1),
  colors: {
    ...(hasColors(1) && { dim: painter('dim') }),
    ...(hasColors(2) && { yellow: painter('yellow'), red: painter('red') }),
  },
  self: { exec: __filename, args },
  onUncaught: (handler) => (onUncaught = handler),
  get signal$() {
    return signals('SIGINT', 'SIGTERM');
  },
  get summary$() {
    return signals('SIGUSR2');
  },
  // ctrl-\, as ping has it. Only a command that subscribes takes it: a server still ends with a core dump.
  get statistics$() {
    return signals('SIGQUIT');
  },
  get reload$() {
    return signals('SIGHUP');
  },
  hangUp: () => {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  },
};

const bug = (error: unknown): number => {
  stderr.write(`ccecho: a bug in ccecho, please report it: ${error instanceof Error ? error.stack : String(error)}\n`);
  return exitStatus.bug;
};

/**
 * Exits when the logs have taken their lines, or after a second. A destination that takes none would otherwise block
 * the exit.
 */
const end = (status: number): void => {
  process.exitCode = status;
  // A disk that was full may have room again, and no later line would tell how many were lost.
  for (const log of [stdout, stderr]) log.reportLost();
  setTimeout(() => {
    if (!stdout.isDone || !stderr.isDone) process.exit();
  }, LOG_WAIT_MS).unref();
};

// Exit at once: Node would now restore the default of signals, and the repetition of a ctrl-C that npm forwards would
// turn a clean exit into a kill.
process.once('beforeExit', () => process.exit());
process.on('uncaughtException', (error) => onUncaught(error));

void run(args, terminal).catch(bug).then(end);
