import { byteBudget } from '../../lib/backpressure/byteBudget';

const KIB = 1024;

describe('byteBudget', () => {
  it('is open while every account is below its mark', () => {
    const budget = byteBudget();
    const small = budget.openAccount(10 * KIB);
    const large = budget.openAccount(100 * KIB);
    large.charge(50 * KIB);
    small.charge(8 * KIB);
    expect(budget.open).toBe(true);
    small.charge(0);
    expect(budget.open).toBe(false);
  });

  it('opens again only when all accounts are below half of their marks', () => {
    const budget = byteBudget();
    const first = budget.openAccount(10 * KIB);
    const second = budget.openAccount(10 * KIB);
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
    const account = budget.openAccount(4 * KIB);
    account.charge(0, 3);
    expect(budget.open).toBe(true);
    account.charge(0);
    expect(budget.open).toBe(false);
    expect(budget.bufferedBytes).toBe(0);
    expect(budget.bufferedFrames).toBe(4);
  });

  it('adds up its accounts, in bytes and in frames', () => {
    const budget = byteBudget();
    budget.openAccount().charge(3);
    const other = budget.openAccount();
    other.charge(4, 2);
    other.refund(1);
    expect([budget.bufferedBytes, budget.bufferedFrames]).toEqual([6, 2]);
    expect([other.bufferedBytes, other.bufferedFrames]).toEqual([3, 1]);
  });

  it('reports whether all accounts that were opened earlier are below their marks', () => {
    const budget = byteBudget();
    const sink = budget.openAccount(2 * KIB);
    const stage = budget.openAccount(2 * KIB);
    stage.charge(KIB);
    expect(stage.downstreamWritable).toBe(true);
    sink.charge(KIB);
    expect([sink.downstreamWritable, stage.downstreamWritable]).toEqual([true, false]);
  });

  it('emits when an account has fallen below half of its mark', () => {
    const budget = byteBudget();
    const account = budget.openAccount(10 * KIB);
    let eased = 0;
    budget.drain$.subscribe(() => (eased += 1));
    account.charge(9 * KIB);
    account.refund(0);
    expect(eased).toBe(0);
    account.refund(9 * KIB, 0);
    expect(eased).toBe(1);
  });

  it('is open again when it emits that an account has drained', () => {
    const budget = byteBudget();
    const account = budget.openAccount(KIB);
    const seen: boolean[] = [];
    budget.drain$.subscribe(() => seen.push(budget.open));
    account.charge(0);
    account.refund(0);
    expect(seen).toEqual([true]);
  });

  it('charges a shared budget with everything that it buffers', () => {
    const sharedBudget = byteBudget();
    const shared = sharedBudget.openAccount(4 * KIB);
    const holders = [byteBudget(shared).openAccount(), byteBudget(shared).openAccount()] as const;
    holders[0].charge(KIB);
    expect(sharedBudget.open).toBe(true);
    holders[1].charge(KIB);
    expect(sharedBudget.open).toBe(false);
    holders[0].refund(KIB);
    holders[1].refund(KIB);
    expect([sharedBudget.open, sharedBudget.bufferedBytes, sharedBudget.bufferedFrames]).toEqual([true, 0, 0]);
  });

  it('ignores a released account, whatever it still buffered', () => {
    const budget = byteBudget();
    const gone = budget.openAccount(2 * KIB);
    const stage = budget.openAccount();
    gone.charge(KIB);
    expect([budget.open, stage.downstreamWritable]).toEqual([false, false]);
    gone.release();
    gone.refund(KIB);
    expect([budget.open, stage.downstreamWritable, budget.bufferedBytes, budget.bufferedFrames]).toEqual([
      true,
      true,
      0,
      0,
    ]);
  });

  it('counts an account that stands aside, which no other regards as downstream', () => {
    const budget = byteBudget();
    const aside = budget.openAccount(2 * KIB, 'aside');
    const stage = budget.openAccount();
    aside.charge(KIB);
    expect([budget.open, stage.downstreamWritable, budget.bufferedBytes]).toEqual([false, true, KIB]);
  });
});
