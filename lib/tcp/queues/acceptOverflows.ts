/** The file in which Linux counts the events of a network namespace. */
export const NETSTAT = '/proc/self/net/netstat';

/**
 * Returns how many connections found an accept queue full.
 *
 * The count covers all sockets since the network namespace began, because the kernel does not count them apart.
 * `undefined` if the text has no such counter.
 *
 * @param netstat The text of `NETSTAT`.
 */
export const acceptOverflows = (netstat: string): number | undefined => {
  const [names = [], values = []] = netstat
    .split('\n')
    .filter((line) => line.startsWith('TcpExt: '))
    .map((line) => line.split(' '));
  const value = values[names.indexOf('ListenOverflows')];
  return value === undefined ? undefined : Number(value);
};
