import { omitUndefined } from '../../omitUndefined';
import { type LimitsOptions, Limits } from '../../server/limits/limits';
import type { ServerFlags } from '../args/createProgram';
import { networkInterfaces } from 'node:os';
import type { LineLogger } from '../../log/logEvents';
import { transportsOf } from '../../server/serverOptions';
import type { Interfaces } from '../../udp/localAddresses';
import { maxConnectionsForUlimit } from './maxConnectionsForUlimit';
import { otherSockets } from './otherSockets';
import type { Reloadable } from '../config/reload';

/** The limits from the command line; the default of connections follows from the file descriptor limit. */
export class ServerLimits implements Reloadable {
  readonly options = ['maxConnections', 'maxConnectionsPerSource', 'maxBuffered', 'idleTimeout'] as const;
  readonly limits: Limits;
  #flags: ServerFlags;
  #sockets: number;

  /**
   * @param lookUp Lists the local addresses. Default: `os.networkInterfaces`.
   * @param descriptors Default: the limit of this process.
   */
  constructor(
    flags: ServerFlags,
    private readonly logger: LineLogger,
    private readonly lookUp: Interfaces = networkInterfaces,
    private readonly descriptors?: number,
  ) {
    this.#flags = flags;
    this.#sockets = otherSockets(flags, lookUp);
    this.limits = new Limits(this.#limitsNow());
  }

  /**
   * Lists the local addresses, for the server: each one takes a socket for UDP, which leaves room for fewer
   * connections.
   */
  readonly interfaces: Interfaces = () => {
    const addresses = this.lookUp();
    const sockets = otherSockets(this.#flags, () => addresses);
    // Never fewer sockets than before: a socket outlives its address for a while, and removed addresses return.
    if (sockets > this.#sockets) {
      this.#sockets = sockets;
      this.limits.replace(this.#limitsNow());
    }
    return addresses;
  };

  prepare(flags: ServerFlags): Promise<() => void> {
    return Promise.resolve(() => {
      this.#flags = flags;
      this.limits.replace(this.#limitsNow());
    });
  }

  #limitsNow(): LimitsOptions {
    const flags = this.#flags;
    const fitting = maxConnectionsForUlimit(this.#sockets, this.descriptors);
    const { maxConnections = fitting } = flags;
    if (transportsOf(flags).includes('tcp')) this.#log(maxConnections, fitting);
    return { ...limitsFromFlags(flags), maxConnections };
  }

  #log(maxConnections: number, fitting: number): void {
    const isTooMany = maxConnections > fitting;
    const enough = `the file descriptor limit allows ${fitting}`;
    const message = isTooMany
      ? `--max-connections ${maxConnections}: ${enough}; further ones would be lost uncounted (see ulimit -n)`
      : `at most ${maxConnections} connections: ${enough}`;
    this.logger.log({ level: isTooMany ? 'warn' : 'debug', message, fields: { event: 'limits', maxConnections } });
  }
}

/** Returns the limits that are set, for a server and for each of its workers. */
export const limitsFromFlags = ({
  maxConnections,
  maxConnectionsPerSource,
  maxBuffered: maxBufferedBytes,
  idleTimeout: idleTimeoutMs,
}: ServerFlags): LimitsOptions => ({
  maxBufferedBytes,
  ...omitUndefined({ maxConnections, maxConnectionsPerSource, idleTimeoutMs }),
});
