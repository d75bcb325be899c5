/**
 * An unordered set whose members store their own index in an array.
 *
 * A `Set` allocates tables when thousands of members come and go each second, and old tables keep dead members alive
 * (015).
 *
 * @param name Names the property that stores the index, for a debugger.
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

  /** Adds a member; one that is present stays. */
  add(member: T): void {
    if (this.#placeOf(member) !== ABSENT) return;
    this.#put(member, this.#members.length);
  }

  /** Removes a member; one that is absent is ignored. */
  delete(member: T): void {
    const place = this.#placeOf(member);
    if (place === ABSENT) return;
    (member as Indexed)[this.#place] = ABSENT;
    const last = this.#members.pop()!;
    if (last !== member) this.#put(last, place);
  }

  /** Iterates over a snapshot of the members. */
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
