import { sumStats } from '../../lib/cluster/sumStats';
import { ServerStats } from '../../lib/server/serverStats';

const { traffic: none } = new ServerStats();

describe('sumStats', () => {
  it('adds up what each served and counted, by name', () => {
    const first = { traffic: { ...none, connections: 2, tcpIn: 10 }, counts: { latency: { frames: 3, drawn: 1 } } };
    const second = {
      traffic: { ...none, connections: 1, tcpIn: 5 },
      counts: { latency: { frames: 4 }, loss: { dropped: 2 } },
    };
    expect(sumStats([first, second])).toEqual({
      traffic: { ...none, connections: 3, tcpIn: 15 },
      counts: { latency: { frames: 7, drawn: 1 }, loss: { dropped: 2 } },
    });
  });

  it('adds up by reason what was refused and what was not answered', () => {
    const first = { traffic: { ...none, refused: { denied: 2 }, dropped: { rate: 1 } }, counts: {} };
    const second = { traffic: { ...none, refused: { denied: 1, 'max-connections': 4 } }, counts: {} };
    expect(sumStats([first, second]).traffic).toEqual({
      ...none,
      refused: { denied: 3, 'max-connections': 4 },
      dropped: { rate: 1 },
    });
  });

  it('returns the stats of a single worker unchanged', () => {
    const only = { traffic: { ...none, flows: 1 }, counts: { stall: { bufferedBytes: 5 } } };
    expect(sumStats([only])).toEqual(only);
  });
});
