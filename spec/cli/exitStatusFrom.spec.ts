import { from, lastValueFrom, throwError } from 'rxjs';
import { EchoError } from '../../lib/errors';
import type { EchoEvent, StopReport } from '../../lib/events';
import { exitStatusFrom } from '../../lib/cli/exitStatusFrom';

const local = { host: '127.0.0.1', port: 7 };
const nothing: StopReport = { connectionsDrained: 0, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 };

const event: Record<string, EchoEvent> = {
  listening: { kind: 'listening', transport: 'tcp', local },
  failed: { kind: 'failed', transport: 'tcp', local, error: new EchoError('ERR_ECHO_LISTENER', 'gone') },
  stopping: { kind: 'stopping' },
  drained: { kind: 'stopped', report: { ...nothing, connectionsDrained: 3 } },
  cut: { kind: 'stopped', report: { ...nothing, connectionsAborted: 1, bytesPending: 65_536 } },
  lost: { kind: 'stopped', report: { ...nothing, datagramsLost: 1 } },
  dead: { kind: 'stopped', report: { ...nothing, workersLost: 1 } },
};

describe('exitStatusFrom', () => {
  it.each([
    [0, 'a stop lost nothing', 'listening stopping drained'],
    [0, 'the server ended by itself (--once)', 'listening drained'],
    [0, 'the signal came before it listened', 'stopping drained'],
    [0, 'one of two listeners failed', 'listening listening failed stopping drained'],
    [1, 'a connection was cut', 'listening stopping cut'],
    [1, 'a datagram was lost', 'listening stopping lost'],
    [1, 'a worker died', 'listening stopping dead'],
    [1, 'no listener was left, and something was lost', 'listening failed stopping cut'],
    [3, 'no listener was left', 'listening listening failed failed drained'],
    [70, 'there is no report', 'listening stopping'],
  ])('is %d when %s', async (status, _, kinds) => {
    const events$ = from(kinds.split(' ').map((kind) => event[kind]!));
    await expect(lastValueFrom(events$.pipe(exitStatusFrom()))).resolves.toBe(status);
  });

  it('counts separately for each subscriber', async () => {
    const status$ = from([event['listening']!, event['failed']!, event['drained']!]).pipe(exitStatusFrom());
    await expect(lastValueFrom(status$)).resolves.toBe(3);
    await expect(lastValueFrom(status$)).resolves.toBe(3);
  });

  it('passes an error on', async () => {
    const error = new EchoError('ERR_ECHO_LISTEN', 'taken');
    await expect(lastValueFrom(throwError(() => error).pipe(exitStatusFrom()))).rejects.toBe(error);
  });
});
