import { byteBudget } from '../../lib/backpressure/byteBudget';
import { SharedBudget } from '../../lib/backpressure/sharedBudget';

describe('SharedBudget', () => {
  it('closes at its mark over many budgets, and opens at half of it', () => {
    const sharedBudget = new SharedBudget(4096 * 4);
    const [one, other] = [byteBudget(sharedBudget).openAccount(), byteBudget(sharedBudget).openAccount()];
    one.charge(3072, 1);
    other.charge(3072, 1);
    expect(sharedBudget).toMatchObject({ open: true, bufferedBytes: 6144 });
    one.charge(7168, 1);
    expect(sharedBudget.open).toBe(false);
    one.refund(3072, 1);
    expect(sharedBudget.open).toBe(false);
    one.refund(7168, 1);
    expect(sharedBudget.open).toBe(true);
  });

  it('counts 1024 bytes more for each frame: empty ones weigh something too', () => {
    const sharedBudget = new SharedBudget(2048);
    const account = byteBudget(sharedBudget).openAccount();
    account.charge(0, 2);
    expect(sharedBudget).toMatchObject({ open: false, bufferedBytes: 0 });
  });

  it('calls each listener when it opens or closes, and none that was removed', () => {
    const sharedBudget = new SharedBudget(2048);
    const told: string[] = [];
    const [stays, leaves] = [{ onChange: () => told.push('stays') }, { onChange: () => told.push('leaves') }];
    sharedBudget.add(stays);
    sharedBudget.add(leaves);
    sharedBudget.charge(2048);
    sharedBudget.delete(leaves);
    sharedBudget.charge(-2048, -1);
    expect(told).toEqual(['stays', 'leaves', 'stays']);
  });

  it('takes another mark while bytes are buffered', () => {
    const sharedBudget = new SharedBudget(Infinity);
    sharedBudget.charge(1_000_000);
    sharedBudget.replace(1_000_000);
    expect(sharedBudget.open).toBe(false);
    sharedBudget.replace(Infinity);
    expect(sharedBudget.open).toBe(true);
  });

  it.each([0, -1, NaN])('throws ERR_ECHO_OPTION for the mark %d', (mark) => {
    expect(() => new SharedBudget(mark)).toThrow(expect.objectContaining({ code: 'ERR_ECHO_OPTION' }) as Error);
  });
});
