import { omitUndefined } from '../../omitUndefined';
import { AccessList } from '../../server/limits/accessList';
import type { EchoServerOptions } from '../../server/serverOptions';
import type { Reloadable } from '../config/reload';
import type { ServerFlags } from '../args/createProgram';

/** Who is served, at what rate, and whether each answer is told. */
export interface Policy extends Pick<
  EchoServerOptions,
  'ignoreSourcePorts' | 'maxDatagramsPerSecond' | 'wildcard' | 'receiveBufferBytes' | 'answered'
> {
  readonly access: AccessList;
}

/** What of the command line says who is served, and at what rate: the same for a server and for each of its workers. */
export const accessFromFlags = (flags: ServerFlags): Policy => ({
  access: accessOf(flags),
  ignoreSourcePorts: flags.udpIgnorePorts,
  receiveBufferBytes: flags.udpReceiveBuffer,
  // Where somebody reads the line of each.
  answered: flags.logLevel === 'debug',
  ...omitUndefined({ maxDatagramsPerSecond: flags.udpMaxRate, wildcard: flags.udpWildcard }),
});

/** How the lists of a running server take others. */
export const reloadableAccess = (access: AccessList): Reloadable => ({
  options: ['allow', 'deny'],
  prepare: async (flags) => {
    // One that nobody asks, for what is wrong with it.
    accessOf(flags);
    return Promise.resolve(() => access.replace(listsOf(flags)));
  },
});

const accessOf = (flags: ServerFlags): AccessList => new AccessList(listsOf(flags));

const listsOf = ({ allow, deny }: ServerFlags) => omitUndefined({ allow, deny });
