import { serve, type Handler } from 'ccecho';
import { fromEvent, merge } from 'rxjs';

/** Serves until ctrl-C, which drains, and prints where. */
export const listen = (handler: Handler, port: number, { udp = false } = {}): void => {
  const stop$ = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'));
  serve(handler, { tcp: true, udp, port, stop$ }).subscribe({
    next: (event) => {
      if (event.kind === 'listening') console.log(`listening on ${event.transport} port ${event.local.port}`);
    },
    error: (error: unknown) => console.error(String(error)),
  });
};
