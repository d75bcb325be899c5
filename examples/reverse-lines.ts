/** A server that is not an echo: it sends each line back reversed. A slow client slows only itself. */
import { composeStages, lines, pulled, serve, type Handler } from 'ccecho';
import { from } from 'ix/asynciterable';
import { map } from 'ix/asynciterable/operators';
import { fromEvent, merge } from 'rxjs';

const port = Number(process.argv[2] ?? 7007);

const reverse = (line: Buffer): Buffer => Buffer.from(`${[...line.toString().trimEnd()].reverse().join('')}\n`);
const reverseLines = composeStages([pulled((bytes) => from(lines(bytes)).pipe(map(reverse)))]);

const handler: Handler = (peer) => peer.bytes$.pipe(reverseLines(peer), peer.writes());

const stop$ = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'));
serve(handler, { port, stop$ }).subscribe({
  next: (event) => console.log(event.kind, event.kind === 'closed' ? event.reason : ''),
  error: (error: unknown) => console.error(String(error)),
});
