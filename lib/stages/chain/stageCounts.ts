import type { StageContext } from '../../stage';

/** The counters of one stage, over all peers. */
export class StageCounts {
  /** Counts the frames and bytes that reached it. */
  frames = 0;
  bytes = 0;
  readonly #counts = new Map<string, number>();

  readonly count: StageContext['count'] = (name, n = 1) =>
    void this.#counts.set(name, (this.#counts.get(name) ?? 0) + n);

  readonly recordMax: StageContext['recordMax'] = (name, value) =>
    void this.#counts.set(name, Math.max(value, this.#counts.get(name) ?? 0));

  came({ byteLength }: Buffer): void {
    this.frames += 1;
    this.bytes += byteLength;
  }

  get all(): ReadonlyMap<string, number> {
    if (this.frames === 0) return this.#counts;
    return new Map([['frames', this.frames], ['bytes', this.bytes], ...this.#counts]);
  }
}
