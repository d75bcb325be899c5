import type { OptionEntry } from './optionTable';
import { parsePort } from './parseOption';

/** The flags of `targetOptions`, as parsed. */
export interface TargetFlags {
  readonly tcp?: true;
  readonly udp?: true;
  readonly port?: number;
  readonly ipv4?: true;
  readonly ipv6?: true;
}

/** Returns the family of addresses that `-4` or `-6` asks for. */
export const familyOf = ({ ipv4, ipv6 }: TargetFlags): 4 | 6 | undefined => (ipv4 ? 4 : ipv6 ? 6 : undefined);

/**
 * Returns the options that name a target, which the clients share.
 *
 * @param verb What is done over TCP or UDP.
 * @param isOne Whether the command takes one transport, TCP by default; else both.
 */
export const targetOptions = (verb: string, isOne: boolean): readonly OptionEntry[] => [
  { flags: '--tcp', description: `${verb} TCP (${isOne ? 'the default' : 'default: both transports'})` },
  { flags: '--udp', description: `${verb} UDP${isOne ? '' : ' (default: both transports)'}` },
  { flags: '-p, --port <n>', description: 'port of the target (default: 7)', parse: parsePort },
  { flags: '-4, --ipv4', description: 'use an IPv4 address of the target' },
  { flags: '-6, --ipv6', description: 'use an IPv6 address of the target' },
];
