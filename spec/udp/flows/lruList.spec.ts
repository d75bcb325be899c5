import fc from 'fast-check';
import { LruList, type LruNode } from '../../../lib/udp/flows/lruList';

interface Member extends LruNode<Member> {
  readonly id: number;
}

describe('LruList', () => {
  it('orders members by last use while they come, are used again and leave', () => {
    const steps = fc.array(fc.record({ who: fc.nat({ max: 5 }), heard: fc.boolean() }), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (taken) => {
        const members = Array.from({ length: 6 }, (_, id): Member => ({ id }));
        const list = new LruList<Member>();
        let expected: number[] = [];
        for (const { who, heard } of taken) {
          if (heard) list.touch(members[who]!);
          else list.delete(members[who]!);
          expected = [...expected.filter((id) => id !== who), ...(heard ? [who] : [])];
          expect(list.oldest?.id).toBe(expected[0]);
        }
        const seen: number[] = [];
        for (let member = list.oldest; member; member = list.oldest) {
          seen.push(member.id);
          list.delete(member);
        }
        expect(seen).toEqual(expected);
      }),
    );
  });

  it('keeps no removed member alive, nor through one', () => {
    const [a, b, c] = [0, 1, 2].map((id): Member => ({ id }));
    const list = new LruList<Member>();
    for (const member of [a!, b!, c!]) list.touch(member);
    list.delete(b!);
    expect([b!.earlier, b!.later]).toEqual([undefined, undefined]);
    expect([a!.later?.id, c!.earlier?.id]).toEqual([2, 0]);
  });
});
