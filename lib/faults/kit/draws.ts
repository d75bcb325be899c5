import type { RandomNumbers, StageContext } from '../../stage';

/**
 * Draws uniform numbers in [0, 1) for one label.
 *
 * It creates the generator at the first draw. `skip` stands for draws that cannot change the outcome: later draws have
 * the same values as without it.
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
