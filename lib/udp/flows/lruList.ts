/** Who can be in a list: the list keeps his neighbours with him. */
export interface LruNode<T> {
  /** Who was heard next after him. */
  later?: T | undefined;
  /** Who was heard last before him. */
  earlier?: T | undefined;
}

/**
 * A list in the order in which its members were last heard. To be heard again is a few assignments, which every datagram
 * can pay; in a `Map`, whose order would be the same, it is a new place each time, and a new table for every few of them.
 */
export class LruList<T extends LruNode<T>> {
  #oldest: T | undefined;
  #newest: T | undefined;

  get oldest(): T | undefined {
    return this.#oldest;
  }

  /** He was heard: now, and whether or not before. */
  touch(member: T): void {
    if (member === this.#newest) return;
    this.delete(member);
    member.earlier = this.#newest;
    if (this.#newest) this.#newest.later = member;
    else this.#oldest = member;
    this.#newest = member;
  }

  /** One who is not in the list stays out of it. */
  delete(member: T): void {
    const { earlier, later } = member;
    if (earlier) earlier.later = later;
    else if (this.#oldest === member) this.#oldest = later;
    if (later) later.earlier = earlier;
    else if (this.#newest === member) this.#newest = earlier;
    // Both, or one who has left would keep others from the garbage collector.
    member.earlier = undefined;
    member.later = undefined;
  }
}
