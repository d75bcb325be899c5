import { createWriteStream, openSync } from 'node:fs';
import { EchoError } from '../errors';
import { BoundedWriter } from '../log/boundedWriter';
import type { DecisionRecord } from '../server/stageContexts';

/**
 * Writes each decision of a fault as a JSON line: of two runs with one seed and the same bytes, equal but for `t`, the
 * milliseconds since the start.
 *
 * @throws `ERR_ECHO_OPTION` when the file cannot be opened.
 */
export const decisionLog = (file: string): ((record: DecisionRecord) => void) => {
  const writer = new BoundedWriter(createWriteStream(file, { fd: opened(file) }));
  const startMs = performance.now();
  return (record) =>
    writer.write(`${JSON.stringify({ t: Number((performance.now() - startMs).toFixed(3)), ...record })}\n`);
};

const opened = (file: string): number => {
  try {
    return openSync(file, 'w');
  } catch (cause) {
    throw new EchoError('ERR_ECHO_OPTION', `--fault-log ${file}: ${(cause as Error).message}`, { cause });
  }
};
