import { aliases, catalogue } from '../../lib/faults/catalogue';
import { presets } from '../../lib/faults/presets';

const definitions = catalogue.map(({ definition }) => definition);
const names = definitions.map(({ name }) => name);

describe('catalogue', () => {
  it('contains every fault of the first tier once', () => {
    expect([...names].sort()).toEqual(
      [
        ...['latency', 'rate', 'loss', 'duplicate', 'corrupt', 'reorder', 'slice', 'limit', 'reset', 'close'],
        ...['blackhole', 'stall', 'slow-close', 'slow-open'],
      ].sort(),
    );
  });

  it.each(definitions)('describes $name, its transports and its source', (definition) => {
    expect(definition.description).toMatch(/\S/);
    expect(definition.source).toMatch(/\S/);
    expect(definition.transports.length).toBeGreaterThan(0);
    for (const { description } of Object.values(definition.parameters)) expect(description).toMatch(/\S/);
    expect(Object.keys(definition.parameters)).toEqual(expect.arrayContaining(Object.keys(definition.defaults)));
  });

  it('maps each alias to a fault and contains no name twice', () => {
    for (const name of Object.values(aliases)) expect(names).toContain(name);
    const all = [...names, ...Object.keys(aliases), ...Object.keys(presets)];
    expect(new Set(all).size).toBe(all.length);
  });
});
