import type { RandomNumbers, StageContext } from '../../stage';

/**
 * Uniform numbers in [0, 1) of one label, whose generator is made at the first draw. A draw that could change nothing is
 * skipped, and counted: what is drawn later is what it would have been.
 */
export class Draws {
  #numbers: RandomNumbers | undefined;
  #skipped = 0;

  constructor(
    private readonly random: StageContext['random'],
    private readonly label: string,
  ) {}

  next(): number {
    const numbers = (this.#numbers ??= this.random(this.label));
    if (this.#skipped > 0) {
      numbers.skip?.(this.#skipped);
      this.#skipped = 0;
    }
    return numbers();
  }

  skip(count = 1): void {
    this.#skipped += count;
  }
}
