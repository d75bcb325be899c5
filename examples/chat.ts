/** A chat: what one client sends goes to all clients. A client that does not read is reset, and slows no other. */
import { serve, type Handler } from 'ccecho';
import { fromEvent, last, Subject, takeUntil, tap } from 'rxjs';

const port = Number(process.argv[2] ?? 7007);
const messages$ = new Subject<Buffer>();

const handler: Handler = (peer) => {
  const left$ = peer.bytes$.pipe(
    tap((bytes) => messages$.next(bytes)),
    last(null, undefined),
  );
  return messages$.pipe(takeUntil(left$), peer.writes({ whenFull: 'abort' }));
};

serve(handler, { port, stop$: fromEvent(process, 'SIGTERM') }).subscribe(({ kind }) => console.log(kind));
