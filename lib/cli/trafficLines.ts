import { formatBytes, formatCount } from '../units/format';
import type { Traffic } from '../server/trafficSummary';

/** What a server served, for people: a line for each transport that had something to do. */
export const trafficLines = (traffic: Traffic): string[] => {
  const { connections, open, flows, datagrams, dropped } = traffic;
  const moved = (transport: 'tcp' | 'udp'): string =>
    `${formatBytes(traffic[`${transport}In`])} in, ${formatBytes(traffic[`${transport}Out`])} out`;
  const tcp = `tcp: ${formatCount(connections, 'connection')}, ${open} open, ${moved('tcp')}`;
  const answered = flows > 0 ? formatCount(flows, 'flow') : formatCount(datagrams, 'datagram');
  const udp = `udp: ${answered}, ${moved('udp')}, ${dropped} not answered`;
  const quietUdp = datagrams + flows + dropped === 0;
  return [...(connections > 0 || quietUdp ? [tcp] : []), ...(quietUdp ? [] : [udp])];
};
