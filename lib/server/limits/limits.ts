import { BehaviorSubject } from 'rxjs';
import { assertKeys, type Keys } from '../../assertKeys';
import { SharedBudget } from '../../backpressure/sharedBudget';
import { omitUndefined } from '../../omitUndefined';
import { assertInRange } from '../../options';
import { ConnectionLimits, type ConnectionLimitsOptions } from '../../tcp/connectionLimits';

/** Limits what a server serves. Only what is named is limited. */
export interface LimitsOptions extends ConnectionLimitsOptions {
  /**
   * Limits the bytes buffered over all connections and flows. At the limit reading pauses and datagrams are dropped.
   * Minimum: `1`. Default: `Infinity`.
   */
  readonly maxBufferedBytes?: number;
  /**
   * Closes a connection on which no byte has moved for this long, in milliseconds. A connection that does not read its
   * pending bytes is reset after as long again, or ten times as long on systems other than Linux. Minimum: `1`.
   * Default: `Infinity`.
   */
  readonly idleTimeoutMs?: number;
}

const limitsKeys: Keys<LimitsOptions> = {
  maxConnections: true,
  maxConnectionsPerSource: true,
  maxBufferedBytes: true,
  idleTimeoutMs: true,
};

/**
 * The limits of one server, which can be replaced while it runs.
 *
 * @throws `ERR_ECHO_OPTION` for a limit under its minimum.
 */
export class Limits {
  readonly connections = new ConnectionLimits();
  readonly buffered = new SharedBudget(Infinity);
  readonly idleTimeoutMs$ = new BehaviorSubject(Infinity);

  constructor(options: LimitsOptions = {}) {
    this.replace(options);
  }

  /** Sets other limits. Open connections stay. If one value is out of range, none changes. */
  replace(options: LimitsOptions): void {
    assertKeys('Limits', options, limitsKeys);
    const { maxBufferedBytes = Infinity, idleTimeoutMs = Infinity, ...connections } = options;
    assertInRange('maxBufferedBytes', maxBufferedBytes, 1, Infinity);
    assertInRange('idleTimeoutMs', idleTimeoutMs, 1, Infinity);
    this.connections.replace(connections);
    this.buffered.replace(maxBufferedBytes);
    if (idleTimeoutMs !== this.idleTimeoutMs$.value) this.idleTimeoutMs$.next(idleTimeoutMs);
  }
}

/** Returns the limits that the options name, or `undefined` if they name none, so that nothing is counted. */
export const limitsOf = (options: LimitsOptions): Limits | undefined => {
  const { maxConnections, maxConnectionsPerSource, maxBufferedBytes, idleTimeoutMs } = options;
  const named = omitUndefined({ maxConnections, maxConnectionsPerSource, maxBufferedBytes, idleTimeoutMs });
  return Object.keys(named).length === 0 ? undefined : new Limits(named);
};
