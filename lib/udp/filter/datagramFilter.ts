import type { RemoteInfo } from 'node:dgram';
import type { DropReason } from '../../reasons';
import { defaults, type UdpServerOptions } from '../../options';
import { checkSource, type SourceRules } from './checkSource';
import { ipv4Number } from './ipv4Number';
import { GenerationalMap } from './generationalMap';
import { TokenBucket } from './tokenBucket';

/** The rates of sources, if there is a limit, for all addresses of a server. */
export type SourceRates = GenerationalMap<TokenBucket> | undefined;

export const sourceRates = ({
  maxDatagramsPerSecond,
  scheduler = defaults.scheduler,
}: Pick<UdpServerOptions, 'maxDatagramsPerSecond' | 'scheduler'>): SourceRates =>
  maxDatagramsPerSecond === undefined
    ? undefined
    : new GenerationalMap(() => new TokenBucket(maxDatagramsPerSecond, scheduler));

/** Returns the reason to drop a datagram, or `undefined`. */
export type DatagramFilter = (from: RemoteInfo) => DropReason | undefined;

/** Returns a filter for what no server can answer, and for sources above their rate. */
export const datagramFilter = (rules: SourceRules, rates: SourceRates): DatagramFilter => {
  const reasonOf = checkSource(rules);
  return ({ address, port }) => {
    const ipv4 = ipv4Number(address);
    const reason = reasonOf(address, port, ipv4);
    if (reason) return reason;
    return rates && !rates.of(address, ANY_PORT, ipv4).tryTake() ? 'rate' : undefined;
  };
};

/** The rate is that of an address: a source could use a new port for each datagram. */
const ANY_PORT = 0;
