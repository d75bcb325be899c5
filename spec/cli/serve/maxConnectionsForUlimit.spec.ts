import { maxConnectionsForUlimit } from '../../../lib/cli/serve/maxConnectionsForUlimit';

describe('maxConnectionsForUlimit', () => {
  it('leaves what the server needs itself', () => {
    expect(maxConnectionsForUlimit(1, 64)).toBe(32);
    expect(maxConnectionsForUlimit(1, 20_000)).toBe(19_968);
  });

  it('leaves what its other sockets need', () => {
    expect(maxConnectionsForUlimit(41, 128)).toBe(56);
  });

  it('leaves one connection where there is hardly anything', () => {
    expect(maxConnectionsForUlimit(1, 10)).toBe(1);
  });

  it('is unlimited where the system has no limit', () => {
    expect(maxConnectionsForUlimit(1, Infinity)).toBe(Infinity);
  });

  it('reads the limit of this process', () => {
    expect(maxConnectionsForUlimit(1)).toBeGreaterThan(100);
  });
});
