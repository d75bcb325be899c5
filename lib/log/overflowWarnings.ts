import type { Transport } from '../endpoint';
import type { EchoEvent } from '../events';
import type { PeerStats } from '../peer';
import type { LogLine } from './logLine';

/** What an operator can do about drops in the kernel. */
const remedies: Readonly<Record<Transport, (dropped: number) => string>> = {
  udp: (dropped) =>
    `the kernel dropped ${dropped} datagrams because the receive buffer was full; to enlarge it, raise ` +
    'net.core.rmem_max (sysctl) and --udp-receive-buffer; further drops are counted (--summary)',
  tcp: (dropped) =>
    `${dropped} connection attempts found a full accept queue in this network namespace, and their clients retried; ` +
    'the queue of ccecho holds 511, or net.core.somaxconn (sysctl) if that is less, and --workers empties it faster; ' +
    'further attempts are counted (--summary)',
};

/** Returns a function from each event to its warning: a line for the first overflow of each transport. */
export const overflowWarnings = (): ((event: EchoEvent<PeerStats>) => LogLine | undefined) => {
  const told = new Set<Transport>();
  return (event) => {
    if (event.kind !== 'overflowed' || told.has(event.transport)) return undefined;
    const { transport, dropped } = event;
    told.add(transport);
    const fields = { event: 'overflowed', transport, reason: 'kernel', dropped };
    return { level: 'warn', message: remedies[transport](dropped), fields };
  };
};
