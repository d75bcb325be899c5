/**
 * Who is present, in no order: a place in an array, which each member remembers itself.
 *
 * Not a `Set`: where thousands a second come and go, a `Set` is for ever given a new table. A table that has lived long enough
 * to be looked at rarely by the garbage collector keeps whoever was in it when the next one took over, and keeps that next
 * one. At 16,000 connections a second four times as much was kept, and copied, as with this: a tenth of a short connection.
 *
 * @param name What members are called in, for whoever looks at one in a debugger.
 */
export class IntrusiveSet<T extends object> implements Iterable<T> {
  readonly #place: symbol;
  readonly #members: T[] = [];

  constructor(name: string) {
    this.#place = Symbol(name);
  }

  get size(): number {
    return this.#members.length;
  }

  /** One who is present already stays so. */
  add(member: T): void {
    if (this.#placeOf(member) !== ABSENT) return;
    this.#put(member, this.#members.length);
  }

  /** One who is absent stays so. */
  delete(member: T): void {
    const place = this.#placeOf(member);
    if (place === ABSENT) return;
    (member as Indexed)[this.#place] = ABSENT;
    const last = this.#members.pop()!;
    if (last !== member) this.#put(last, place);
  }

  /** Those present now, whatever becomes of them meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#members].values();
  }

  #put(member: T, place: number): void {
    this.#members[place] = member;
    (member as Indexed)[this.#place] = place;
  }

  #placeOf(member: T): number {
    return (member as Indexed)[this.#place] ?? ABSENT;
  }
}

const ABSENT = -1;

type Indexed = Record<symbol, number | undefined>;
