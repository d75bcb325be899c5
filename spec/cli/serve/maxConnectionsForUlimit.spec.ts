import { fittingConnections } from '../../../lib/cli/serve/maxConnectionsForUlimit';

describe('fittingConnections', () => {
  it('leaves what the server needs itself', () => {
    expect(fittingConnections(1, 64)).toBe(32);
    expect(fittingConnections(1, 20_000)).toBe(19_968);
  });

  it('leaves what its other sockets need', () => {
    expect(fittingConnections(41, 128)).toBe(56);
  });

  it('leaves one connection where there is hardly anything', () => {
    expect(fittingConnections(1, 10)).toBe(1);
  });

  it('is no limit where the system has none', () => {
    expect(fittingConnections(1, Infinity)).toBe(Infinity);
  });

  it('reads the limit of this process', () => {
    expect(fittingConnections(1)).toBeGreaterThan(100);
  });
});
