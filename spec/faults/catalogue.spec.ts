import { aliases, catalogue } from '../../lib/faults/catalogue';
import { presets } from '../../lib/faults/presets';

const definitions = catalogue.map(({ definition }) => definition);
const names = definitions.map(({ name }) => name);

describe('catalogue', () => {
  it('has every fault of the first tier, each once', () => {
    expect([...names].sort()).toEqual(
      [
        ...['latency', 'rate', 'loss', 'duplicate', 'corrupt', 'reorder', 'slice', 'limit', 'reset', 'close'],
        ...['blackhole', 'stall', 'slow-close', 'slow-open'],
      ].sort(),
    );
  });

  it.each(definitions)('says of $name what it does, where, and where that comes from', (definition) => {
    expect(definition.description).toMatch(/\S/);
    expect(definition.source).toMatch(/\S/);
    expect(definition.transports.length).toBeGreaterThan(0);
    for (const { description } of Object.values(definition.parameters)) expect(description).toMatch(/\S/);
    expect(Object.keys(definition.parameters)).toEqual(expect.arrayContaining(Object.keys(definition.defaults)));
  });

  it('has for each alias a fault, and no name twice', () => {
    for (const name of Object.values(aliases)) expect(names).toContain(name);
    const all = [...names, ...Object.keys(aliases), ...Object.keys(presets)];
    expect(new Set(all).size).toBe(all.length);
  });
});
