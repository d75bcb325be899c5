import { acceptOverflows } from '../../../lib/tcp/queues/acceptOverflows';

const NETSTAT = `TcpExt: SyncookiesSent ListenOverflows ListenDrops
TcpExt: 1 23 45
IpExt: InNoRoutes ListenOverflows
IpExt: 6 7
`;

describe('acceptOverflows', () => {
  it('returns the value of ListenOverflows', () => {
    expect(acceptOverflows(NETSTAT)).toBe(23);
  });

  it.each(['', 'TcpExt: A B\nTcpExt: 1 2\n', 'TcpExt: ListenOverflows\n'])('returns undefined for %j', (netstat) => {
    expect(acceptOverflows(netstat)).toBeUndefined();
  });
});
