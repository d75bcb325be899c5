import type { RemoteInfo } from 'node:dgram';
import type { DropReason } from '../../reasons';
import { defaults, type UdpServerOptions } from '../../options';
import { checkSource, type SourceRules } from './checkSource';
import { ipv4Number } from './ipv4Number';
import { GenerationalMap } from './generationalMap';
import { TokenBucket } from './tokenBucket';

/** The rates of sources, where there is a limit; those of all addresses of a server: a source that asks two is one. */
export type SourceRates = GenerationalMap<TokenBucket> | undefined;

export const sourceRates = ({
  maxDatagramsPerSecond,
  scheduler = defaults.scheduler,
}: Pick<UdpServerOptions, 'maxDatagramsPerSecond' | 'scheduler'>): SourceRates =>
  maxDatagramsPerSecond === undefined
    ? undefined
    : new GenerationalMap(() => new TokenBucket(maxDatagramsPerSecond, scheduler));

/** Why a datagram is not emitted; `undefined` where it is. */
export type DatagramFilter = (from: RemoteInfo) => DropReason | undefined;

/** Drops what no server can answer, and what is over the rate of its source. */
export const datagramFilter = (rules: SourceRules, rates: SourceRates): DatagramFilter => {
  const reasonOf = checkSource(rules);
  return ({ address, port }) => {
    const ipv4 = ipv4Number(address);
    const reason = reasonOf(address, port, ipv4);
    if (reason) return reason;
    return rates && !rates.of(address, ANY_PORT, ipv4).tryTake() ? 'rate' : undefined;
  };
};

/** A rate is of an address: from a new port each time, a source would have a new one each time. */
const ANY_PORT = 0;
