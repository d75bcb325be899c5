import { byteBudget } from '../../lib/backpressure/byteBudget';

const KIB = 1024;

describe('byteBudget', () => {
  it('is open while every holder is below its mark', () => {
    const budget = byteBudget();
    const small = budget.holder(10 * KIB);
    const large = budget.holder(100 * KIB);
    large.charge(50 * KIB);
    small.charge(8 * KIB);
    expect(budget.open).toBe(true);
    small.charge(0);
    expect(budget.open).toBe(false);
  });

  it('opens again only when all holders are below half of their marks', () => {
    const budget = byteBudget();
    const first = budget.holder(10 * KIB);
    const second = budget.holder(10 * KIB);
    const seen: boolean[] = [];
    budget.open$.subscribe((open) => seen.push(open));
    first.charge(9 * KIB);
    second.charge(5 * KIB);
    first.refund(9 * KIB);
    expect(budget.open).toBe(false);
    second.refund(5 * KIB);
    expect(budget.open).toBe(true);
    expect(seen).toEqual([false, true]);
  });

  it('weighs a frame with 1024 bytes more than its own', () => {
    const budget = byteBudget();
    const holder = budget.holder(4 * KIB);
    holder.charge(0, 3);
    expect(budget.open).toBe(true);
    holder.charge(0);
    expect(budget.open).toBe(false);
    expect(budget.heldBytes).toBe(0);
    expect(budget.heldFrames).toBe(4);
  });

  it('adds up what its holders hold, in bytes and in frames', () => {
    const budget = byteBudget();
    budget.holder().charge(3);
    const other = budget.holder();
    other.charge(4, 2);
    other.refund(1);
    expect([budget.heldBytes, budget.heldFrames]).toEqual([6, 2]);
    expect([other.heldBytes, other.heldFrames]).toEqual([3, 1]);
  });

  it('tells a holder whether all that were taken before it are below their marks', () => {
    const budget = byteBudget();
    const sink = budget.holder(2 * KIB);
    const stage = budget.holder(2 * KIB);
    stage.charge(KIB);
    expect(stage.downstreamWritable).toBe(true);
    sink.charge(KIB);
    expect([sink.downstreamWritable, stage.downstreamWritable]).toEqual([true, false]);
  });

  it('says when a holder has eased', () => {
    const budget = byteBudget();
    const holder = budget.holder(10 * KIB);
    let eased = 0;
    budget.drain$.subscribe(() => (eased += 1));
    holder.charge(9 * KIB);
    holder.refund(0);
    expect(eased).toBe(0);
    holder.refund(9 * KIB, 0);
    expect(eased).toBe(1);
  });

  it('has opened when it says that a holder has eased', () => {
    const budget = byteBudget();
    const holder = budget.holder(KIB);
    const seen: boolean[] = [];
    budget.drain$.subscribe(() => seen.push(budget.open));
    holder.charge(0);
    holder.refund(0);
    expect(seen).toEqual([true]);
  });

  it('charges a pool with all that it holds', () => {
    const pool = byteBudget();
    const shared = pool.holder(4 * KIB);
    const holders = [byteBudget(shared).holder(), byteBudget(shared).holder()] as const;
    holders[0].charge(KIB);
    expect(pool.open).toBe(true);
    holders[1].charge(KIB);
    expect(pool.open).toBe(false);
    holders[0].refund(KIB);
    holders[1].refund(KIB);
    expect([pool.open, pool.heldBytes, pool.heldFrames]).toEqual([true, 0, 0]);
  });

  it('forgets a holder that is released, whatever it still held', () => {
    const budget = byteBudget();
    const gone = budget.holder(2 * KIB);
    const stage = budget.holder();
    gone.charge(KIB);
    expect([budget.open, stage.downstreamWritable]).toEqual([false, false]);
    gone.release();
    gone.refund(KIB);
    expect([budget.open, stage.downstreamWritable, budget.heldBytes, budget.heldFrames]).toEqual([true, true, 0, 0]);
  });

  it('lets a holder that stands aside be in nobody’s way, and counts it', () => {
    const budget = byteBudget();
    const aside = budget.holder(2 * KIB, 'aside');
    const stage = budget.holder();
    aside.charge(KIB);
    expect([budget.open, stage.downstreamWritable, budget.heldBytes]).toEqual([false, true, KIB]);
  });
});
