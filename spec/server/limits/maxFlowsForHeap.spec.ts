import { maxFlowsForHeap } from '../../../lib/server/limits/maxFlowsForHeap';

const MIB = 1024 ** 2;

describe('maxFlowsForHeap', () => {
  it('is 4096 where the heap has room for them', () => {
    expect(maxFlowsForHeap(1, 4096 * MIB)).toBe(4096);
  });

  it('takes a quarter of the heap, by the length of the chain', () => {
    expect(maxFlowsForHeap(0, 16 * MIB)).toBe(682);
    expect(maxFlowsForHeap(5, 200 * MIB)).toBe(914);
    expect(maxFlowsForHeap(1, 80 * MIB)).toBe(1280);
  });

  it('leaves one', () => expect(maxFlowsForHeap(100, MIB)).toBe(1));
});
