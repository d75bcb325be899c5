import { asapScheduler, tap, type MonoTypeOperatorFunction } from 'rxjs';
import { isWildcard } from '../../endpoint';
import type { EchoEvent } from '../../events';
import type { PeerStats } from '../../peer';

type Listening = Extract<EchoEvent<PeerStats>, { kind: 'listening' }>;

/**
 * Calls `write` once, when all sockets listen, with how to talk to the server and how to stop it.
 *
 * ```text
 * events       -(ll)---o---c--|
 * nextSteps    -(ll)---o---c--|      write is called behind the second l
 * ```
 */
export const nextSteps =
  (write: (line: string) => void): MonoTypeOperatorFunction<EchoEvent<PeerStats>> =>
  (events$) => {
    const listening: Listening[] = [];
    return events$.pipe(
      tap((event) => {
        if (event.kind !== 'listening') return;
        // All sockets are reported in one turn, so the hint follows the last one.
        if (listening.length === 0) asapScheduler.schedule(() => write(hintOf(listening)));
        listening.push(event);
      }),
    );
  };

const hintOf = (listening: readonly Listening[]): string => {
  const ways = (['tcp', 'udp'] as const).flatMap((each) => {
    const first = listening.find(({ transport }) => transport === each);
    return first ? clientFor(first) : [];
  });
  return `  Talk to it with ${ways.join(' or ')}; stop it with ctrl-C.`;
};

const clientFor = ({ transport, local: { host, port } }: Listening): string =>
  `nc ${transport === 'udp' ? '-u ' : ''}${isWildcard(host) ? '127.0.0.1' : host} ${port}`;
