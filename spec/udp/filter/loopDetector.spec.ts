import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { LoopDetector } from '../../../lib/udp/filter/loopDetector';

/** What is asked of a detector, and what it withheld, with a clock that stands until it is set. */
const checked = (turns: number) => {
  const scheduler = new VirtualTimeScheduler();
  const detector = new LoopDetector(turns, scheduler);
  const withheldAt: number[] = [];
  let asked = 0;
  /** Whether the datagram was answered; `answer` is what goes back, where stages change it. */
  const ask = (data: Buffer, answer = data): boolean => {
    asked += 1;
    const answered = detector.shouldAnswer(data);
    if (answered) detector.onSent(answer);
    else withheldAt.push(asked);
    return answered;
  };
  return { ask, withheldAt, asked: () => asked, pass: (ms: number) => void (scheduler.frame += ms) };
};

/** Another echo server: what it is sent is back, in order, until nothing circulates any more. */
const loop = (forged: readonly Buffer[], turns: number, most = 100 * turns * (forged.length + 1)) => {
  const source = checked(turns);
  const circulating = [...forged];
  while (circulating.length > 0 && source.asked() < most) {
    const data = circulating.shift()!;
    if (source.ask(data)) circulating.push(data);
  }
  return { left: circulating.length, turns: source.asked(), withheld: source.withheldAt.length };
};

const numbered = (at: number): Buffer => {
  const data = Buffer.alloc(64, 'ccecho');
  data.writeUInt32BE(at, 40);
  return data;
};

const fixed = Buffer.from('always the same');

describe('LoopDetector', () => {
  it('ends the loop of one datagram after 10,000 turns', () => {
    expect(loop([fixed], 10_000)).toEqual({ left: 0, turns: expect.closeTo(10_000, -2) as number, withheld: 1 });
  });

  it.each([
    ['of two', 2, 2],
    ['of a hundred', 100, 7],
    ['of as many as two sockets hold', 500, 9],
  ])('ends the loop %s in a few times as many turns, whether they differ or not', (_, forged, checks) => {
    for (const data of [numbered, () => fixed]) {
      const datagrams = Array.from({ length: forged }, (_, at) => data(at));
      const { left, turns, withheld } = loop(datagrams, 1000);
      expect({ left, withheld }).toEqual({ left: 0, withheld: forged });
      expect(turns).toBeLessThan((checks + 1) * 1500);
    }
  });

  it('ends the loop of any datagrams', () => {
    const datagram = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(datagram, { minLength: 1, maxLength: 60 }), (forged) => loop(forged, 100).left === 0),
      { numRuns: 50 },
    );
  });

  it('knows what it sent, where that is not what had come', () => {
    const { ask, withheldAt } = checked(100);
    // A stage that reverses: what is back is the reverse of what was received, turn by turn.
    let data: Buffer = Buffer.from('forward');
    while (withheldAt.length === 0) {
      const answer = Buffer.from(data).reverse();
      if (ask(data, answer)) data = answer;
    }
    expect(withheldAt[0]).toBeLessThan(120);
  });

  it('never withholds from a test client whose datagrams differ', () => {
    const { ask, withheldAt } = checked(100);
    for (let at = 0; at < 50_000; at += 1) ask(numbered(at));
    expect(withheldAt).toEqual([]);
  });

  it.each([
    ['every second', 'fs'],
    ['two of three', 'ffs'],
    ['nine of ten', 'fffffffffs'],
  ])('never withholds from a test client that repeats %s', (_, pattern) => {
    const { ask, withheldAt } = checked(1000);
    for (let at = 0; at < 50_000; at += 1) ask(pattern[at % pattern.length] === 'f' ? fixed : numbered(at));
    expect(withheldAt).toEqual([]);
  });

  it('checks a test client that waits for each reply and continues later ten times less often', () => {
    const { ask, withheldAt, pass } = checked(1000);
    for (let at = 0; at < 25_000; at += 1) if (!ask(fixed)) pass(1000);
    const [first, second, third] = withheldAt;
    expect([first, second! - first!, third! - second!]).toEqual([
      expect.closeTo(1000, -2),
      expect.closeTo(10_000, -2),
      expect.closeTo(10_000, -2),
    ]);
  });

  it('withholds at most sixteen from a test client with sixteen under way, then checks it less often', () => {
    const { ask, withheldAt, pass } = checked(1000);
    let underWay = 16;
    for (let at = 0; at < 14_000; at += 1) {
      if (ask(fixed)) continue;
      underWay -= 1;
      if (underWay > 0) continue;
      // Nothing is left to wait for: he begins anew.
      pass(1000);
      underWay = 16;
    }
    expect(withheldAt).toHaveLength(16);
  });

  it('checks a test client that never waits less often, once more is withheld than can circulate', () => {
    const { ask, withheldAt } = checked(10_000);
    for (let at = 0; at < 190_000; at += 1) ask(fixed);
    expect(withheldAt).toHaveLength(1023);
    for (let at = 0; at < 40_000; at += 1) ask(fixed);
    expect(withheldAt).toHaveLength(1024);
  });

  it('does nothing where it is never to be done', () => {
    const { ask, withheldAt } = checked(Infinity);
    for (let at = 0; at < 20_000; at += 1) ask(fixed);
    expect(withheldAt).toEqual([]);
  });
});
