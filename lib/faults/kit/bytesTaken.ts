import type { StageContext } from '../../stage';

/**
 * How many bytes of one TCP stream a fault has taken out. What is left of such a stream is not the stream: it cannot go on
 * without the fault.
 */
export const bytesTaken = ({ state }: Pick<StageContext, 'state'>): { bytes: number } =>
  state('bytesTaken', () => ({ bytes: 0 }));
