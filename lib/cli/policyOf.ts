import { given } from '../given';
import { AccessList } from '../server/accessList';
import type { EchoServerOptions } from '../server/options';
import type { ServerFlags } from './serverProgram';

/** What of the command line says who is served, and at what rate: the same for a server and for each of its workers. */
export const policyOf = (
  flags: ServerFlags,
): Pick<EchoServerOptions, 'access' | 'refuse' | 'maxDatagramsPerSecond' | 'wildcard'> => ({
  access: new AccessList(given({ allow: flags.allow, deny: flags.deny })),
  refuse: flags.udpRefuse,
  ...given({ maxDatagramsPerSecond: flags.udpMaxRate, wildcard: flags.udpWildcard }),
});
