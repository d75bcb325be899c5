import { closeSync, createWriteStream, openSync } from 'node:fs';
import { EchoError } from '../../errors';
import { BoundedWriter } from '../../log/boundedWriter';
import { destinationOf } from '../../log/destinationOf';
import type { DecisionRecord } from '../../stageEnvironment';

export interface FaultLog {
  readonly write: (record: DecisionRecord) => void;
  /** Resolves when the file has taken everything, with the number of lost decisions. */
  readonly close: () => Promise<number>;
}

/**
 * Writes each decision of a fault as a JSON line. Two runs with one seed and the same bytes differ only in `t`, the
 * milliseconds since the start. If lines were lost, a line tells how many.
 *
 * @throws `ERR_ECHO_OPTION` when the file cannot be opened.
 */
export const faultLog = (file: string): FaultLog => {
  const fd = opened(file);
  let end = (): Promise<void> => Promise.resolve(closeSync(fd));
  const destination = destinationOf(fd, () => {
    const stream = createWriteStream(file, { fd });
    end = () => new Promise((ended) => (stream.destroyed ? ended() : stream.once('close', ended).end()));
    return stream;
  });
  const writer = new BoundedWriter(destination);
  const startMs = performance.now();
  const lineOf = (record: object): string => {
    const t = Number((performance.now() - startMs).toFixed(3));
    return `${JSON.stringify({ t, ...record })}\n`;
  };
  writer.lostLine = (lines, reason) => lineOf({ event: 'lines lost', lines, reason });
  return {
    write: (record) => void writer.write(lineOf(record)),
    close: async () => {
      writer.reportLost();
      await end();
      return writer.lostLines;
    },
  };
};

const opened = (file: string): number => {
  try {
    return openSync(file, 'w');
  } catch (cause) {
    throw new EchoError('ERR_ECHO_OPTION', `--fault-log ${file}: ${(cause as Error).message}`, { cause });
  }
};
