/** A member of a list, which stores its neighbours. */
export interface LruNode<T> {
  /** The next member, used later. */
  later?: T | undefined;
  /** The previous member, used earlier. */
  earlier?: T | undefined;
}

/**
 * An intrusive list in the order of last use. Moving a member takes a few assignments; in a `Map` it would be a new
 * entry, and a new table every few of them.
 */
export class LruList<T extends LruNode<T>> {
  #oldest: T | undefined;
  #newest: T | undefined;

  get oldest(): T | undefined {
    return this.#oldest;
  }

  /** Makes a member the most recently used, and adds it if it is new. */
  touch(member: T): void {
    if (member === this.#newest) return;
    this.delete(member);
    member.earlier = this.#newest;
    if (this.#newest) this.#newest.later = member;
    else this.#oldest = member;
    this.#newest = member;
  }

  /** Removes a member; one that is not in the list is ignored. */
  delete(member: T): void {
    const { earlier, later } = member;
    if (earlier) earlier.later = later;
    else if (this.#oldest === member) this.#oldest = later;
    if (later) later.earlier = earlier;
    else if (this.#newest === member) this.#newest = earlier;
    // Both, because a removed member would otherwise keep others from being collected.
    member.earlier = undefined;
    member.later = undefined;
  }
}
