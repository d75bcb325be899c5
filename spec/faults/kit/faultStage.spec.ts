import type { StageContextOptions } from '../../../lib/stages/stageContext';
import { faultStage } from '../../../lib/faults/kit/faultStage';
import { LiveFault } from '../../../lib/faults/kit/liveFault';
import { parseFault } from '../../../lib/faults/parse/parseFault';
import { drawn } from '../../support/drawn';
import { marbles } from '../../support/marbles';
import { chunks } from '../../support/chunks';

const bytes = chunks('abcdef');

const live = (text: string): LiveFault => new LiveFault(parseFault(text)[0]!);

const switchTo = ({ scope$ }: LiveFault, off: boolean): void => scope$.next({ ...scope$.value, off });

interface Change {
  /** When the changes happen, as a marble diagram with one letter for each change. */
  readonly at: string;
  readonly change: (fault: LiveFault, letter: string) => void;
}

interface Case extends StageContextOptions {
  readonly draws?: Record<string, readonly number[]>;
  readonly live?: Change;
}

/** Switches the fault as in the diagram: `o` is on, `x` is off. */
const switched = (at: string): Change => ({ at, change: (fault, letter) => switchTo(fault, letter === 'x') });

const passes = (text: string, source: string, expected: string, { draws = {}, live: change, ...partial }: Case = {}) =>
  marbles(({ cold, scheduler, expectObservable, flush }) => {
    const fault = live(text);
    const context = drawn(draws, { ...partial, scheduler });
    if (change) cold(change.at).subscribe((letter) => change.change(fault, letter));
    expectObservable(cold(source, bytes).pipe(faultStage(fault)(context))).toBe(expected, bytes);
    flush();
    expect(context.budget.bufferedFrames).toBe(0);
  });

describe('faultStage', () => {
  it('applies the fault to a connection in its scope', () => {
    passes('latency=4ms', '--a-b--c-----|', '------a-b--c-|');
  });

  it('has the name of the fault, for reports', () => {
    expect(faultStage(live('latency=4ms')).name).toBe('latency');
    expect(faultStage(live('latency=4ms,name=slow')).name).toBe('slow');
  });

  it('counts its input frames and bytes', () => {
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const fault = live('stall,for=0s');
      const context = drawn({}, { scheduler });
      expectObservable(cold('ab|', { a: Buffer.alloc(5), b: Buffer.alloc(7) }).pipe(faultStage(fault)(context)));
      flush();
      expect(fault.counts).toMatchObject({ frames: 2, bytes: 12 });
    });
  });

  it('does not affect other transports', () => {
    passes('latency=4ms,on=udp', 'a-b|', 'a-b|', { transport: 'tcp' });
    passes('latency=4ms,on=udp', 'a-b|', '----a-(b|)', { transport: 'udp' });
    passes('slice=1B', 'a-b|', 'a-b|', { transport: 'udp' });
  });

  describe('switched', () => {
    it('off emits its buffered frames in order, then passes frames unchanged', () => {
      const source = '  --a-b----c---|';
      const switches = '-----x';
      const expected = '-----(ab)c---|';
      passes('latency=4ms', source, expected, { live: switched(switches) });
    });

    it('off after the last frame still completes', () => {
      passes('stall', 'a-b-|', '------(ab|)', { live: switched('------x') });
    });

    it('on again, delays later frames', () => {
      const source = '  a-----b-----c---|';
      const switches = '--x------o';
      const expected = '--a---b---------(c|)';
      passes('latency=4ms', source, expected, { live: switched(switches) });
    });

    it('on delays frames if the fault started off', () => {
      const source = '  a-----b-----|';
      const switches = '---o';
      const expected = 'a---------b-|';
      passes('latency=4ms,off', source, expected, { live: switched(switches) });
    });

    it('to its current state, does not flush', () => {
      passes('latency=4ms', 'a---b---|', '----a---(b|)', { live: switched('--o--o') });
    });

    it('off and on several times in one frame, keeps the order', () => {
      const change: Change = {
        at: '---x',
        change: (fault) => [true, false, true, false].forEach((off) => switchTo(fault, off)),
      };
      passes('latency=6ms', 'ab---c------|', '---(ab)----c|', { live: change });
    });

    it('off closes a stream from which it removed bytes, and logs a warning', () => {
      marbles(({ cold, scheduler, expectObservable, flush }) => {
        const fault = live('blackhole');
        const context = drawn({}, { scheduler });
        cold('     ---x').subscribe(() => switchTo(fault, true));
        const source = cold(' a-b-c|', bytes).pipe(faultStage(fault)(context));
        expectObservable(source).toBe('---|');
        flush();
        expect(context.logged).toEqual(['blackhole was removed after it had dropped bytes: the connection is closed']);
      });
    });

    it('off closes a stream with loss only if loss has dropped bytes', () => {
      const off = { live: switched('---x') };
      const dropsFirst = { ...off, draws: { loss: [0.4] } };
      passes('loss=50%,tcp=drop', 'a-b-c|', '---|', dropsFirst);
      passes('loss=30%,tcp=drop', 'a-b-c|', 'a-b-c|', dropsFirst);
      passes('loss=0%', 'a-b-c|', 'a-b-c|', off);
      passes('loss=0%,tcp=drop', 'a-b-c|', 'a-b-c|', { ...off, transport: 'udp' });
    });

    it('off keeps a stream open from which it has not removed bytes', () => {
      passes('blackhole,after=10h', 'a-b-c|', 'a-b-c|', { live: switched('---x') });
      passes('blackhole', '---a-b|', '---a-b|', { live: switched('--x') });
    });

    it('off keeps a UDP flow alive whose datagrams it discarded', () => {
      passes('blackhole', 'a-b-c|', '----c|', { live: switched('---x'), transport: 'udp' });
    });

    it('off keeps a stream open that is not in its scope', () => {
      passes('blackhole,conn=2', 'a-b-c|', 'a-b-c|', { live: switched('---x') });
    });
  });

  describe('with a parameter that changes', () => {
    it('applies the change from the next frame and keeps the order on TCP', () => {
      const source = '  a---b-----|';
      const changes = ' ---x';
      const expected = '------(ab)|';
      const change: Change = { at: changes, change: ({ options$ }) => options$.next({ delayMs: 1 }) };
      passes('latency=6ms', source, expected, { live: change });
    });

    it('lets a datagram overtake on UDP', () => {
      const change: Change = { at: '---x', change: ({ options$ }) => options$.next({ delayMs: 1 }) };
      passes('latency=6ms', 'a---b-----|', '-----ba---|', { live: change, transport: 'udp' });
    });
  });

  describe('toxicity', () => {
    const toxic = (toxicity: string, u: number, partial: Case = {}, expected = 'a-b|') =>
      passes(`latency=4ms,toxicity=${toxicity}`, 'a-b|', expected, { draws: { toxicity: [u] }, ...partial });

    it('affects connections whose draw is below it', () => {
      toxic('50%', 0.49, {}, '----a-(b|)');
      toxic('50%', 0.5, {}, 'a-b|');
      toxic('100%', 0.999_999, {}, '----a-(b|)');
    });

    it('has no effect at 0 %', () => {
      toxic('0%', 0, {}, 'a-b|');
      passes('reset,toxicity=0%', 'a-b|', 'a-b|', { draws: { toxicity: [0] } });
      passes('blackhole,toxicity=0%', 'a-b|', 'a-b|', { draws: { toxicity: [0] }, live: switched('-x') });
    });

    it('uses one draw for the whole life of a connection', () => {
      // The draws contain one number, so a second draw would throw.
      const changes: Record<string, number> = { m: 0.6, n: 0.4, z: 0 };
      const change: Change = {
        at: '-----------m-----------n---------z',
        change: ({ scope$ }, letter) => scope$.next({ ...scope$.value, toxicity: changes[letter]! }),
      };
      const source = '  --a---------b----------c---------d|';
      const expected = '--a-------------b------c---------d|';
      passes('latency=4ms,toxicity=40%', source, expected, { draws: { toxicity: [0.5] }, live: change });
    });
  });

  it.each([
    [1, false],
    [2, true],
    [3, true],
    [4, false],
  ])('with conn=2-3 affects connection %d: %p', (id, isAffected) => {
    passes('latency=4ms,conn=2-3', 'a-b|', isAffected ? '----a-(b|)' : 'a-b|', { id });
  });

  describe('with a window', () => {
    it('acts from `after` on, for the duration `for`', () => {
      const source = '  a--b---c-----d--e---|';
      const expected = 'a--b------c--d--e---|';
      passes('latency=3ms,after=5ms,for=6ms', source, expected);
    });

    it('emits its buffered frames when the window ends', () => {
      const source = '  a-b--------|';
      const expected = '-----(ab)--|';
      passes('latency=9ms,for=5ms', source, expected);
    });

    it('is measured from the start of the connection, even if it is switched on later', () => {
      const source = '  a-----b--c--|';
      const switches = '---o';
      const expected = 'a-------bc--|';
      passes('latency=9ms,for=8ms,off', source, expected, { live: switched(switches) });
    });
  });
});
