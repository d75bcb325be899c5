#!/usr/bin/env node
import type { Writable } from 'node:stream';
import { fromEvent, merge } from 'rxjs';
import { run } from '../lib/cli/run';
import { exitStatus } from '../lib/cli/exitStatus';
import { BoundedWriter } from '../lib/log/boundedWriter';

/** How long the end waits for a log that nobody reads. */
const LOG_WAIT_MS = 1000;

/** Node makes a terminal's writes blocking: one that is held (ctrl-S) would hold the echo too. Undocumented, so asked for with care. */
const unblocked = (stream: Writable & { _handle?: { setBlocking?(blocking: boolean): void } }): Writable => {
  stream._handle?.setBlocking?.(false);
  return stream;
};

const stdout = new BoundedWriter(unblocked(process.stdout));
const stderr = new BoundedWriter(unblocked(process.stderr));
const signal$ = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'));

const bug = (error: unknown): number => {
  stderr.write(`ccecho: a bug in ccecho, please report it: ${error instanceof Error ? error.stack : String(error)}\n`);
  return exitStatus.bug;
};

/** Ends when the log is written. The one `process.exit`: a destination that takes no line would hold the end for ever. */
const end = (status: number): void => {
  process.exitCode = status;
  const deadline = setTimeout(() => process.exit(), LOG_WAIT_MS);
  const endWhenWritten = (): void => {
    if (stdout.isDone && stderr.isDone) clearTimeout(deadline);
    else setTimeout(endWhenWritten, 10);
  };
  endWhenWritten();
};

void run(process.argv.slice(2), { stdout, stderr, signal$ }).catch(bug).then(end);
