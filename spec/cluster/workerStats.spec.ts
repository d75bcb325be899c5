import { TestScheduler } from 'rxjs/testing';
import { WorkerStats } from '../../lib/cluster/workerStats';
import { ServerStats } from '../../lib/server/serverStats';
import { marbles } from '../support/marbles';

const { traffic: none } = new ServerStats();
const figuresOf = (connections: number) => ({ traffic: { ...none, connections, open: 1 }, counts: {} });

describe('WorkerStats', () => {
  it('adds up the last stats of each worker, and the totals of one that exited', () => {
    const ledger = new WorkerStats(new TestScheduler(() => undefined));
    const [first, second] = [ledger.open(), ledger.open()];
    first.write(figuresOf(1));
    first.write(figuresOf(2));
    second.write(figuresOf(5));
    ledger.close(second);
    ledger.close(ledger.open());
    expect(ledger.sum).toEqual({ traffic: { ...none, connections: 7, open: 1 }, counts: {} });
  });

  it('waits for every worker that serves', () => {
    marbles(({ hot, scheduler, expectObservable }) => {
      const ledger = new WorkerStats(scheduler);
      const pages = [ledger.open(), ledger.open()];
      ledger.close(ledger.open());
      hot('-0---1').subscribe((page) => pages[Number(page)]!.write(figuresOf(1)));
      expectObservable(ledger.written$).toBe('-x---(x|)', { x: undefined });
    });
  });

  it('waits a second for a worker that does not answer, and for none without workers', () => {
    marbles(({ scheduler, expectObservable }) => {
      const ledger = new WorkerStats(scheduler);
      expectObservable(ledger.written$).toBe('|');
      ledger.open();
      expectObservable(ledger.written$).toBe('1s |');
    });
  });
});
