import { fittingConnections } from '../../lib/cli/fittingConnections';

describe('fittingConnections', () => {
  it('leaves what the server needs itself', () => {
    expect(fittingConnections(64)).toBe(32);
    expect(fittingConnections(20_000)).toBe(19_968);
  });

  it('leaves one connection where there is hardly anything', () => {
    expect(fittingConnections(10)).toBe(1);
  });

  it('is no limit where the system has none', () => {
    expect(fittingConnections(Infinity)).toBe(Infinity);
  });

  it('reads the limit of this process', () => {
    expect(fittingConnections()).toBeGreaterThan(100);
  });
});
