import { defer, of, tap, type Observable } from 'rxjs';
import type { Figures } from '../cluster/figures';
import type { EchoEvent } from '../events';
import { echoServer } from '../server/echoServer';
import type { EchoServerOptions } from '../server/options';
import { TrafficSummary } from '../server/trafficSummary';
import type { Serving } from './serveAndSay';

/** The server in this process, and its figures. */
export const servingHere = (options: EchoServerOptions): Serving & { readonly events$: Observable<EchoEvent> } => {
  const traffic = new TrafficSummary();
  const figures = (): Figures => ({ traffic: traffic.traffic, counts: options.faults?.counts() ?? {} });
  return {
    events$: echoServer(options).pipe(tap((event) => traffic.follow(event))),
    figures,
    askFigures: () => defer(() => of(figures())),
  };
};
