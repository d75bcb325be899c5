import { omitUndefined } from '../../omitUndefined';
import type { LimitsOptions } from '../../server/limits/limits';
import type { ServerFlags } from '../args/createProgram';

/** The limits that are named: the same for a server and, of its own, for each of its workers. */
export const limitsFromFlags = ({
  maxConnections,
  maxConnectionsPerSource,
  maxBuffered: maxBufferedBytes,
  idleTimeout: idleTimeoutMs,
}: ServerFlags): LimitsOptions => ({
  maxBufferedBytes,
  ...omitUndefined({ maxConnections, maxConnectionsPerSource, idleTimeoutMs }),
});
