import type { NetConnectOpts } from 'node:net';
import type { ProberOptions } from './prober';

/** Returns how a flow connects. */
export const socketOptions = (
  { target, source, sourcePort, dscp }: ProberOptions,
  flow: number,
): NetConnectOpts & { readonly typeOfService?: number } => ({
  host: target.host,
  port: target.port,
  noDelay: true,
  // The lower two bits of the field are those of congestion notification. Older Nodes ignore it: `assertCanMark`.
  ...(dscp !== undefined && { typeOfService: dscp << 2 }),
  ...(source !== undefined && { localAddress: source }),
  ...(sourcePort !== undefined && { localPort: sourcePort + flow }),
});
