/** A chat: what one client sends goes to all clients. A client that does not read is reset, and slows no other. */
import { serve, type Handler } from 'ccecho';
import { fromEvent, last, merge, Subject, takeUntil, tap } from 'rxjs';

const port = Number(process.argv[2] ?? 7007);
const messages$ = new Subject<Buffer>();

const handler: Handler = (peer) => {
  const left$ = peer.bytes$.pipe(
    tap((bytes) => messages$.next(bytes)),
    last(null, undefined),
  );
  return messages$.pipe(takeUntil(left$), peer.writes({ whenFull: 'abort' }));
};

const stop$ = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'));
serve(handler, { port, stop$ }).subscribe({
  next: (event) => console.log(event.kind, event.kind === 'closed' ? event.reason : ''),
  error: (error: unknown) => console.error(String(error)),
});
