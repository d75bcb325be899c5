import { formatBytes, formatCount } from '../../format/formatUnits';
import type { Traffic } from '../../server/serverStats';

/** Returns the traffic totals as lines, one for each transport with traffic. */
export const trafficLines = (traffic: Traffic): string[] => {
  const { connections, open, flows, datagrams } = traffic;
  const moved = (transport: 'tcp' | 'udp'): string =>
    `${formatBytes(traffic[`${transport}In`])} in, ${formatBytes(traffic[`${transport}Out`])} out`;
  const [refused, dropped] = [totalOf(traffic.refused), totalOf(traffic.dropped)];
  const notServed = refused > 0 ? `, ${refused} refused${reasonsOf(traffic.refused)}` : '';
  const tcp = `tcp: ${formatCount(connections, 'connection')}, ${open} open, ${moved('tcp')}${notServed}`;
  const answered = flows > 0 ? formatCount(flows, 'flow') : formatCount(datagrams, 'datagram');
  const udp = `udp: ${answered}, ${moved('udp')}, ${dropped} not answered${reasonsOf(traffic.dropped)}`;
  const quietUdp = datagrams + flows + dropped === 0;
  return [...(connections + refused > 0 || quietUdp ? [tcp] : []), ...(quietUdp ? [] : [udp])];
};

const totalOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

const reasonsOf = (counts: Readonly<Record<string, number>>): string => {
  const reasons = Object.entries(counts).map(([reason, count]) => `${count} ${reason}`);
  return reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
};
