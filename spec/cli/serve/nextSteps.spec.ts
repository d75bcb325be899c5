import { asapScheduler, concat, delay, lastValueFrom, of } from 'rxjs';
import { nextSteps } from '../../../lib/cli/serve/nextSteps';
import type { EchoEvent } from '../../../lib/events';
import type { PeerStats } from '../../../lib/peer';

const hints = async (...events: readonly EchoEvent<PeerStats>[]): Promise<string[]> => {
  const lines: string[] = [];
  const later$ = of<EchoEvent<PeerStats>>({ kind: 'stopping' }).pipe(delay(0, asapScheduler));
  await lastValueFrom(concat(of(...events), later$).pipe(nextSteps((line) => lines.push(line))));
  return lines;
};

const listening = (transport: 'tcp' | 'udp', host: string) =>
  ({ kind: 'listening', transport, local: { host, port: 7007 } }) as const;

describe('nextSteps', () => {
  it('shows once how to talk to all sockets, and how to stop', async () => {
    expect(await hints(listening('tcp', '::1'), listening('udp', '127.0.0.1'), listening('udp', '127.0.0.2'))).toEqual([
      '  Talk to it with nc ::1 7007 or nc -u 127.0.0.1 7007; stop it with ctrl-C.',
    ]);
  });

  it('shows an address of this machine where it listens on all', async () => {
    expect(await hints(listening('tcp', ''))).toEqual(['  Talk to it with nc 127.0.0.1 7007; stop it with ctrl-C.']);
  });

  it('shows nothing for a server that does not listen', async () => expect(await hints()).toEqual([]));
});
