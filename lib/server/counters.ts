/** What the stages of one server counted, by the name of the stage and of the counter. */
export class Counters {
  readonly #counts = new Map<string, Map<string, number>>();

  of(stageName: string): Map<string, number> {
    const counts = this.#counts.get(stageName) ?? new Map<string, number>();
    this.#counts.set(stageName, counts);
    return counts;
  }

  toObject(): Record<string, Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([name, counts]) => [name, Object.fromEntries(counts)]));
  }
}
