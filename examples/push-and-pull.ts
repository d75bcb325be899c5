/**
 * Push and pull: one small line server, written twice. Each numbers the lines that it is sent and shouts them back.
 *
 * Pushed, with RxJS: a chunk arrives at any time, and its rest waits in a variable without a limit. Pulled, with IxJS:
 * a line is read when there is room for it, and `pulled` limits what waits.
 */
import { lines, pulled, startEcho, tcpClient, type Stage } from 'ccecho';
import * as ix from 'ix/asynciterable';
import { map as mapPulled } from 'ix/asynciterable/operators';
import { concat, concatMap, defer, from, lastValueFrom, map, merge, mergeMap, reduce } from 'rxjs';

const shout = (line: Buffer, index: number): Buffer => Buffer.from(`${index + 1} ${line.toString().toUpperCase()}`);

const pushedLines: Stage = () => (bytes$) =>
  defer(() => {
    let begun = Buffer.alloc(0);
    const cut = (chunk: Buffer): Buffer[] => {
      const whole: Buffer[] = [];
      begun = Buffer.concat([begun, chunk]);
      for (let end = begun.indexOf('\n'); end >= 0; end = begun.indexOf('\n')) {
        whole.push(begun.subarray(0, end + 1));
        begun = begun.subarray(end + 1);
      }
      return whole;
    };
    const last$ = defer(() => (begun.length > 0 ? [begun] : []));
    return concat(bytes$.pipe(concatMap(cut)), last$).pipe(map(shout));
  });

const pulledLines: Stage = pulled((bytes) => ix.from(lines(bytes)).pipe(mapPulled(shout)));

/** What comes back of `chunks` from a server with that stage. */
const answers = async (stage: Stage, chunks: readonly string[]): Promise<string> => {
  const echo = await startEcho({ stages: [stage] });
  const chunks$ = from(chunks).pipe(map((chunk) => Buffer.from(chunk)));
  const answer$ = tcpClient({ host: '127.0.0.1', port: echo.port }).pipe(
    mergeMap((connection) => merge(connection.bytes$, chunks$.pipe(connection.writes()))),
    reduce((all, chunk) => all + chunk.toString(), ''),
  );
  const answer = await lastValueFrom(answer$);
  await echo.stop();
  return answer;
};

const main = async (): Promise<void> => {
  const chunks = ['to be or ', 'not to be\nthat is', ' the question\n', 'the rest is silence'];
  const [pushed, pulledBack] = [await answers(pushedLines, chunks), await answers(pulledLines, chunks)];
  console.log(`sent in ${chunks.length} chunks:\n${chunks.join('')}\n`);
  console.log(`pushed, with RxJS:\n${pushed}\n`);
  console.log(`pulled, with IxJS:\n${pulledBack}\n`);
  console.log(`the same: ${pushed === pulledBack}`);
};

void main();
