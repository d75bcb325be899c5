/** The loss periods of RFC 3357: runs of consecutive lost probes. Probes are added in the order of their sequence numbers. */
export class LossPeriods {
  periods = 0;
  /** The length of the longest period, in probes. */
  longest = 0;
  /** The length of the current or last period. */
  #length = 0;
  /** The distance of the last lost probe from the one before: 0 for the first one. */
  distance = 0;
  #sinceLost: number | undefined;

  add(isLost: boolean): void {
    if (this.#sinceLost !== undefined) this.#sinceLost += 1;
    if (!isLost) {
      this.#length = 0;
      return;
    }
    if (this.#length === 0) this.periods += 1;
    this.#length += 1;
    this.distance = this.#sinceLost ?? 0;
    this.#sinceLost = 0;
    if (this.#length > this.longest) this.longest = this.#length;
  }
}
