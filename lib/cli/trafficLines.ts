import { formatBytes, formatCount } from '../units/format';
import type { Traffic } from '../server/trafficSummary';

/** What a server served, for people: a line for each transport that had something to do. */
export const trafficLines = (traffic: Traffic): string[] => {
  const { connections, open, refused, flows, datagrams, dropped } = traffic;
  const moved = (transport: 'tcp' | 'udp'): string =>
    `${formatBytes(traffic[`${transport}In`])} in, ${formatBytes(traffic[`${transport}Out`])} out`;
  const denied = refused > 0 ? `, ${refused} denied` : '';
  const tcp = `tcp: ${formatCount(connections, 'connection')}, ${open} open, ${moved('tcp')}${denied}`;
  const answered = flows > 0 ? formatCount(flows, 'flow') : formatCount(datagrams, 'datagram');
  const reasons = Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`);
  const total = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  const notAnswered = `${total} not answered${total > 0 ? ` (${reasons.join(', ')})` : ''}`;
  const udp = `udp: ${answered}, ${moved('udp')}, ${notAnswered}`;
  const quietUdp = datagrams + flows + total === 0;
  return [...(connections + refused > 0 || quietUdp ? [tcp] : []), ...(quietUdp ? [] : [udp])];
};
