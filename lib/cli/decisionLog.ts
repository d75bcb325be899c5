import { createWriteStream, openSync } from 'node:fs';
import { EchoError } from '../errors';
import { BoundedWriter } from '../log/boundedWriter';
import type { DecisionRecord } from '../server/stageContexts';

export interface DecisionLog {
  readonly write: (record: DecisionRecord) => void;
  /** Resolves when all is in the file, or it failed. */
  readonly close: () => Promise<void>;
}

/**
 * Writes each decision of a fault as a JSON line: of two runs with one seed and the same bytes, equal but for `t`, the
 * milliseconds since the start.
 *
 * @throws `ERR_ECHO_OPTION` when the file cannot be opened.
 */
export const decisionLog = (file: string): DecisionLog => {
  const stream = createWriteStream(file, { fd: opened(file) });
  const writer = new BoundedWriter(stream);
  const startMs = performance.now();
  return {
    write: (record) => {
      const t = Number((performance.now() - startMs).toFixed(3));
      writer.write(`${JSON.stringify({ t, ...record })}\n`);
    },
    close: () =>
      new Promise((resolve) => {
        if (stream.destroyed) resolve();
        else stream.once('close', resolve).end();
      }),
  };
};

const opened = (file: string): number => {
  try {
    return openSync(file, 'w');
  } catch (cause) {
    throw new EchoError('ERR_ECHO_OPTION', `--fault-log ${file}: ${(cause as Error).message}`, { cause });
  }
};
