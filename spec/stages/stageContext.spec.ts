import { map } from 'rxjs';
import { stageContext } from '../../lib/stages/stageContext';
import type { Stage } from '../../lib/stage';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = chunks();

/** Somebody's own operator: it uses most of what there is. */
const own: Stage = ({ rx, scheduler, budget, count, recordMax, log, print, random, transport }) => {
  const draw = random('mine');
  const account = budget.openAccount();
  return (source) =>
    source.pipe(
      rx.tap(({ byteLength }) => {
        account.charge(byteLength);
        count('seen');
        count('bytes', 5);
        recordMax('largest', byteLength);
        recordMax('largest', 0);
      }),
      rx.delay(2, scheduler),
      rx.tap(({ byteLength }) => {
        account.refund(byteLength);
        log(`${transport} ${draw() < 1}`);
        print('lines');
      }),
    );
};

describe('stageContext', () => {
  it('runs a stage in virtual time, and shows what it counted, logged and buffers', () => {
    marbles(({ cold, scheduler, expectObservable, flush }) => {
      const context = stageContext({ scheduler });
      expectObservable(cold('a-b---|', bytes).pipe(own(context))).toBe('--a-b-|', bytes);
      flush();
      expect(Object.fromEntries(context.counts)).toEqual({ seen: 2, bytes: 10, largest: 1 });
      expect(context.logged).toEqual(['tcp true', 'lines', 'tcp true', 'lines']);
      expect(context.budget.bufferedBytes).toBe(0);
    });
  });

  it('is of connection 1 on TCP by default', () => {
    expect(stageContext()).toMatchObject({ transport: 'tcp', id: 1, remote: { host: '127.0.0.1', port: 50_000 } });
    expect(stageContext({ transport: 'udp', id: 7 })).toMatchObject({ transport: 'udp', id: 7 });
  });

  it('draws the same numbers for the same seed, connection and label, and others for others', () => {
    const first = (options: Parameters<typeof stageContext>[0], label = 'a') => stageContext(options).random(label)();
    expect(first({ seed: 42 })).toBe(first({ seed: 42 }));
    const others = [first({ seed: 43 }), first({ seed: 42, id: 2 }), first({ seed: 42, transport: 'udp' })];
    expect(new Set([first({ seed: 42 }), first({ seed: 42 }, 'b'), ...others]).size).toBe(5);
  });

  it('continues a label where it was', () => {
    const { random } = stageContext();
    const [one, two] = [random('a')(), random('a')()];
    expect(one).not.toBe(two);
  });

  it('keeps what a stage remembers', () => {
    const { state } = stageContext();
    const made = state('it', () => ({ n: 1 }));
    expect(state('it', () => ({ n: 2 }))).toBe(made);
  });

  it('has the rxjs of the library, for a stage that brings none', () => {
    expect(stageContext().rx.map).toBe(map);
  });
});
