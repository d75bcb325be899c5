import { countsAsLost, type EndReason } from '../../reasons';
import type { EchoEvent, StopReport } from '../../events';
import type { PeerStats } from '../../peer';

/** Counts what a stop drained and lost. What ended before the signal does not count, except for workers that exited. */
export class StopTally {
  #stopping = false;
  #sum: StopReport = { connectionsDrained: 0, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 };

  get report(): StopReport {
    return this.#sum;
  }

  follow(event: EchoEvent<PeerStats>): void {
    if (event.kind === 'stopping') this.#stopping = true;
    if (event.kind === 'workerExited') this.#add({ workersLost: (this.#sum.workersLost ?? 0) + 1 });
    if (!this.#stopping) return;
    if (event.kind === 'closed') this.#closed(event.peer, event.reason);
    if (event.kind === 'dropped' && countsAsLost(event.reason)) this.#lost(1);
  }

  #closed({ transport, bytesPending, framesPending, unread }: PeerStats, reason: EndReason): void {
    const { connectionsDrained, connectionsAborted, connectionsUnread = 0 } = this.#sum;
    if (transport === 'udp') {
      if (reason === 'aborted') this.#lost(framesPending);
    } else if (reason === 'aborted') {
      if (unread) this.#add({ connectionsUnread: connectionsUnread + 1 });
      this.#add({ connectionsAborted: connectionsAborted + 1, bytesPending: this.#sum.bytesPending + bytesPending });
    } else if (reason === 'ended' || reason === 'completed' || (reason === 'idle' && bytesPending === 0)) {
      this.#add({ connectionsDrained: connectionsDrained + 1 });
    }
  }

  #lost(datagrams: number): void {
    this.#add({ datagramsLost: this.#sum.datagramsLost + datagrams });
  }

  #add(part: Partial<StopReport>): void {
    this.#sum = { ...this.#sum, ...part };
  }
}
