import type { EventLogger } from '../log/logEvents';
import { Limits, type LimitsOptions } from '../server/limits';
import { transportsOf } from '../server/options';
import { fittingConnections } from './fittingConnections';
import { limitsOf } from './limitsOf';
import type { Reloadable } from './reload';
import type { ServerFlags } from './serverProgram';

/** The limits of a server as its command line has them; what is not said fits the file descriptors of the process. */
export class ServerLimits implements Reloadable {
  readonly options = ['maxConnections', 'maxConnectionsPerSource', 'maxHeld', 'idleTimeout'] as const;
  readonly limits: Limits;

  constructor(
    flags: ServerFlags,
    private readonly logger: EventLogger,
    private readonly fitting = fittingConnections(),
  ) {
    this.limits = new Limits(this.#optionsOf(flags));
  }

  prepare(flags: ServerFlags): Promise<() => void> {
    return Promise.resolve(() => this.limits.replace(this.#optionsOf(flags)));
  }

  #optionsOf(flags: ServerFlags): LimitsOptions {
    const { maxConnections = this.fitting } = flags;
    if (transportsOf(flags).includes('tcp')) this.#say(maxConnections, maxConnections > this.fitting);
    return { ...limitsOf(flags), maxConnections };
  }

  #say(maxConnections: number, isTooMany: boolean): void {
    const fitting = `the file descriptors of this process are enough for ${this.fitting}`;
    const message = isTooMany
      ? `--max-connections ${maxConnections}: ${fitting}, and further ones would be lost uncounted (see ulimit -n)`
      : `at most ${maxConnections} connections: ${fitting}`;
    this.logger.log({ level: isTooMany ? 'warn' : 'debug', message, fields: { event: 'limits', maxConnections } });
  }
}
