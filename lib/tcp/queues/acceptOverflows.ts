/** Where Linux counts what its network namespace did. */
export const NETSTAT = '/proc/self/net/netstat';

/**
 * Reads how many connections found an accept queue full, since the network namespace began: of any of its sockets, since
 * the kernel does not count them apart. `undefined` where it does not say.
 */
export const acceptOverflows = (netstat: string): number | undefined => {
  const [names = [], values = []] = netstat
    .split('\n')
    .filter((line) => line.startsWith('TcpExt: '))
    .map((line) => line.split(' '));
  const value = values[names.indexOf('ListenOverflows')];
  return value === undefined ? undefined : Number(value);
};
