import type { StageContext } from '../../stage';

/**
 * Returns the count of bytes that a fault has removed from a stream.
 *
 * A TCP stream with missing bytes is corrupt, so it ends when the fault is switched off.
 */
export const bytesTaken = ({ state }: Pick<StageContext, 'state'>): { bytes: number } =>
  state('bytesTaken', () => ({ bytes: 0 }));
