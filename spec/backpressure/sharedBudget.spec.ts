import { byteBudget } from '../../lib/backpressure/byteBudget';
import { SharedBudget } from '../../lib/backpressure/sharedBudget';

describe('SharedBudget', () => {
  it('closes at its mark over many budgets, and opens at half of it', () => {
    const pool = new SharedBudget(4096 * 4);
    const [one, other] = [byteBudget(pool).holder(), byteBudget(pool).holder()];
    one.charge(3072, 1);
    other.charge(3072, 1);
    expect(pool).toMatchObject({ open: true, heldBytes: 6144 });
    one.charge(7168, 1);
    expect(pool.open).toBe(false);
    one.refund(3072, 1);
    expect(pool.open).toBe(false);
    one.refund(7168, 1);
    expect(pool.open).toBe(true);
  });

  it('counts 1024 bytes more for each frame: empty ones weigh something too', () => {
    const pool = new SharedBudget(2048);
    const holder = byteBudget(pool).holder();
    holder.charge(0, 2);
    expect(pool).toMatchObject({ open: false, heldBytes: 0 });
  });

  it('tells each gate when it turned, and none that left', () => {
    const pool = new SharedBudget(2048);
    const told: string[] = [];
    const [stays, leaves] = [{ turned: () => told.push('stays') }, { turned: () => told.push('leaves') }];
    pool.add(stays);
    pool.add(leaves);
    pool.charge(2048);
    pool.delete(leaves);
    pool.charge(-2048, -1);
    expect(told).toEqual(['stays', 'leaves', 'stays']);
  });

  it('takes another mark while bytes are held', () => {
    const pool = new SharedBudget(Infinity);
    pool.charge(1_000_000);
    pool.replace(1_000_000);
    expect(pool.open).toBe(false);
    pool.replace(Infinity);
    expect(pool.open).toBe(true);
  });

  it.each([0, -1, NaN])('throws ERR_ECHO_OPTION for the mark %d', (mark) => {
    expect(() => new SharedBudget(mark)).toThrow(expect.objectContaining({ code: 'ERR_ECHO_OPTION' }) as Error);
  });
});
