import { omitUndefined } from '../../omitUndefined';
import { AccessList } from '../../server/limits/accessList';
import type { EchoServerOptions } from '../../server/serverOptions';
import type { Reloadable } from '../config/reload';
import type { ServerFlags } from '../args/createProgram';

/** The options of access: lists, rates, and whether each reply is an event. */
export interface Policy extends Pick<
  EchoServerOptions,
  'ignoreSourcePorts' | 'maxDatagramsPerSecond' | 'wildcard' | 'receiveBufferBytes' | 'answered'
> {
  readonly access: AccessList;
}

/** Returns the options of access, for a server and for each of its workers. */
export const policyFromFlags = (flags: ServerFlags): Policy => ({
  access: accessOf(flags),
  ignoreSourcePorts: flags.udpIgnorePorts,
  receiveBufferBytes: flags.udpReceiveBuffer,
  // Only if something reads the line of each datagram.
  answered: flags.logLevel === 'debug',
  ...omitUndefined({ maxDatagramsPerSecond: flags.udpMaxRate, wildcard: flags.udpWildcard }),
});

/** Lets the lists of a running server change at a reload. */
export const reloadableAccess = (access: AccessList): Reloadable => ({
  options: ['allow', 'deny'],
  prepare: async (flags) => {
    // Checks the new lists before they are applied.
    accessOf(flags);
    return Promise.resolve(() => access.replace(listsOf(flags)));
  },
});

const accessOf = (flags: ServerFlags): AccessList => new AccessList(listsOf(flags));

const listsOf = ({ allow, deny }: ServerFlags) => omitUndefined({ allow, deny });
