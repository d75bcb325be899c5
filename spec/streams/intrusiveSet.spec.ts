import fc from 'fast-check';
import { IntrusiveSet } from '../../lib/streams/intrusiveSet';

describe('IntrusiveSet', () => {
  it('contains each member that was added and not deleted, once, in any order of changes', () => {
    const steps = fc.array(fc.record({ who: fc.nat({ max: 9 }), comes: fc.boolean() }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (taken) => {
        const people = Array.from({ length: 10 }, (_, id) => ({ id }));
        const roster = new IntrusiveSet<{ id: number }>('test');
        const present = new Set<number>();
        for (const { who, comes } of taken) {
          if (comes) roster.add(people[who]!);
          else roster.delete(people[who]!);
          if (comes) present.add(who);
          else present.delete(who);
          expect(roster.size).toBe(present.size);
        }
        const seen = [...roster].map(({ id }) => id);
        expect(seen.sort()).toEqual([...present].sort());
      }),
    );
  });

  it('may have a member of another', () => {
    const [a, b] = [new IntrusiveSet<object>('a'), new IntrusiveSet<object>('b')];
    const member = {};
    a.add(member);
    b.add({});
    b.add(member);
    b.delete(member);
    expect([a.size, b.size, [...a][0] === member]).toEqual([1, 1, true]);
  });

  it('iterates over a snapshot', () => {
    const roster = new IntrusiveSet<{ id: number }>('test');
    for (let id = 0; id < 3; id += 1) roster.add({ id });
    const seen: number[] = [];
    for (const member of roster) {
      roster.delete(member);
      seen.push(member.id);
    }
    expect(seen).toEqual([0, 1, 2]);
    expect(roster.size).toBe(0);
  });
});
