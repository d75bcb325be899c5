import { presets } from '../../lib/faults/presets';
import { parseFault } from '../../lib/faults/parse/parseFault';

describe('presets', () => {
  it('contain the well-known networks', () => {
    const names = ['2g', '3g', '3g-lossy', 'slow-4g', '4g', 'lte', 'dsl', 'satellite', 'lossy-wifi', 'offline'];
    expect(Object.keys(presets)).toEqual(names);
  });

  it('list faults in the order of netem: loss, latency, rate', () => {
    const order = ['loss', 'latency', 'rate'];
    for (const { faults } of Object.values(presets)) {
      const places = faults
        .flatMap((each) => parseFault(each))
        .map(({ fault }) => order.indexOf(fault.definition.name))
        .filter((place) => place >= 0);
      expect(places).toEqual([...places].sort());
    }
  });
});
