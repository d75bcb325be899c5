import { map } from 'rxjs';
import type { ProbeEvent } from '../../../lib/measure/probe/probeEvent';
import { statsPerWindow } from '../../../lib/measure/probe/statsPerWindow';
import { marbles } from '../../support/marbles';

const sent: ProbeEvent = { kind: 'sent', seq: 0, flow: 0, lateMs: 0 };

describe('statsPerWindow', () => {
  it('counts each event in exactly one window, the last of which may be shorter', () =>
    marbles(({ cold, expectObservable, scheduler }) => {
      const counts$ = cold('s-ss---s-s|', { s: sent }).pipe(
        statsPerWindow(4, scheduler),
        map((stats) => String(stats.sent)),
      );
      expectObservable(counts$).toBe('----3---1-(1|)');
    }));
});
