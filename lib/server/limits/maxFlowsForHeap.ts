import { getHeapStatistics } from 'node:v8';
import { defaults } from '../../options';

/** Live heap of a flow without stages, and of one stage in it; measured: 3.8 KB, and 8 to 10 KB for a fault. */
const FLOW_BYTES = 6 * 1024;
const STAGE_BYTES = 10 * 1024;

/** The maximum share of the heap for flows; the collector needs as much again, and connections the rest. */
const HEAP_SHARE = 1 / 4;

/**
 * Returns how many UDP flows with this many stages fit into the heap of this process, 4096 at most.
 *
 * @param heapBytes Default: the heap limit of this process (`--max-old-space-size`).
 */
export const maxFlowsForHeap = (stages: number, heapBytes = getHeapStatistics().heap_size_limit): number => {
  const fitting = Math.floor((heapBytes * HEAP_SHARE) / (FLOW_BYTES + stages * STAGE_BYTES));
  return Math.max(1, Math.min(defaults.maxFlows, fitting));
};
