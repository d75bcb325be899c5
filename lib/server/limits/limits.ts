import { BehaviorSubject } from 'rxjs';
import { assertKeys, type Keys } from '../../assertKeys';
import { SharedBudget } from '../../backpressure/sharedBudget';
import { omitUndefined } from '../../omitUndefined';
import { assertInRange } from '../../options';
import { ConnectionLimits, type ConnectionLimitsOptions } from '../../tcp/connectionLimits';

/** How much a server takes on. Nothing is limited that is not named. */
export interface LimitsOptions extends ConnectionLimitsOptions {
  /**
   * Bytes held over all connections and flows; while as much is held nothing is read, and datagrams are dropped.
   * Minimum: `1`. Default: `Infinity`.
   */
  readonly maxBufferedBytes?: number;
  /**
   * Ends a connection of which no byte has moved for so long, and resets one that takes nothing of what it is owed for as long
   * again (ten times as long elsewhere than on Linux), in milliseconds. Minimum: `1`. Default: `Infinity`.
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
 * The limits of one server, made before it; they can be replaced while it runs.
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

  /** From now on; nobody is sent away for it. One that is out of its range changes none. */
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

/** The limits that options name; none where they name none: what is not limited is not counted either. */
export const limitsOf = (options: LimitsOptions): Limits | undefined => {
  const { maxConnections, maxConnectionsPerSource, maxBufferedBytes, idleTimeoutMs } = options;
  const named = omitUndefined({ maxConnections, maxConnectionsPerSource, maxBufferedBytes, idleTimeoutMs });
  return Object.keys(named).length === 0 ? undefined : new Limits(named);
};
