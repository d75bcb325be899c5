import type { DropReason } from '../../../lib/reasons';
import { from, lastValueFrom } from 'rxjs';
import type { EchoEvent } from '../../../lib/events';
import { report } from '../../../lib/server/stop/report';
import { testConnection } from '../../support/peer';

describe('report', () => {
  const peer = testConnection({ bytesPending: 100, framesPending: 3 });
  const flow = { ...peer, transport: 'udp' as const };
  const remote = peer.remote;
  const stopping: EchoEvent = { kind: 'stopping' };
  const reportOf = async (...events: EchoEvent[]) => lastValueFrom(from(events).pipe(report()));
  const nothing = { connectionsDrained: 0, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 };

  it('is the last event, all zero where nothing was alive', async () => {
    await expect(reportOf()).resolves.toEqual({ kind: 'stopped', report: nothing });
  });

  it('counts what ended after the signal, not before it', async () => {
    const ended: EchoEvent = { kind: 'closed', peer, reason: 'ended' };
    const completed: EchoEvent = { kind: 'closed', peer, reason: 'completed' };
    await expect(reportOf(ended, completed, stopping, ended, completed)).resolves.toMatchObject({
      report: { ...nothing, connectionsDrained: 2 },
    });
  });

  it('adds up the pending bytes of aborted connections', async () => {
    const cut: EchoEvent = { kind: 'closed', peer, reason: 'aborted' };
    await expect(reportOf(stopping, cut, cut)).resolves.toMatchObject({
      report: { ...nothing, connectionsAborted: 2, bytesPending: 200 },
    });
  });

  it('counts a connection that its peer reset as neither drained nor aborted', async () => {
    await expect(reportOf(stopping, { kind: 'closed', peer, reason: 'reset by peer' })).resolves.toMatchObject({
      report: nothing,
    });
  });

  it('counts a worker that exited, whenever it did', async () => {
    const died: EchoEvent = { kind: 'workerExited', worker: 1, reason: 'SIGKILL', connections: 2, replaced: true };
    await expect(reportOf(died, stopping, died)).resolves.toEqual({
      kind: 'stopped',
      report: { ...nothing, workersLost: 2 },
    });
  });

  it('counts the datagrams of an aborted flow, and dropped ones, as lost', async () => {
    const dropped = (reason: DropReason): EchoEvent => ({
      kind: 'dropped',
      remote,
      reason,
      bytes: 1,
    });
    await expect(
      reportOf(
        dropped('overlimit'),
        stopping,
        { kind: 'closed', peer: flow, reason: 'aborted' },
        dropped('overlimit'),
        dropped('unsendable'),
        dropped('aborted'),
        dropped('port 0'),
        dropped('own port'),
        dropped('reserved port'),
        dropped('source address'),
        dropped('rate'),
        dropped('loop-check'),
        dropped('denied'),
        dropped('flow ended'),
      ),
    ).resolves.toMatchObject({ report: { ...nothing, datagramsLost: 6 } });
  });
});
