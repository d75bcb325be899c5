import { stageContext, type TestStageContext, type StageContextOptions } from '../../lib/stages/stageContext';

/** What a label draws, one after the other. */
export type Draws = Readonly<Record<string, readonly number[]>>;

/**
 * A context whose random numbers are written in the spec. A label without a script draws 0.5; one that draws more often
 * than its script says throws.
 */
export const drawn = (draws: Draws, partial: StageContextOptions = {}): TestStageContext =>
  stageContext({
    ...partial,
    random: (label) => {
      const script = draws[label];
      if (script === undefined) return () => 0.5;
      const left = [...script];
      return () => {
        const next = left.shift();
        if (next === undefined) throw new Error(`'${label}' was drawn more often than scripted`);
        return next;
      };
    },
  });

/** Frames of exactly one segment, as marbles name them: on TCP each meets a draw of its own. */
export const segments = (letters = 'abcdef'): Record<string, Buffer> =>
  Object.fromEntries([...letters].map((letter) => [letter, Buffer.alloc(1460, letter)]));
