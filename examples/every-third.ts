/** An operator of your own: drops every third frame, and counts what it drops. */
import type { Stage } from 'ccecho';

export const everyThird: Stage = ({ rx, count }) =>
  rx.filter((_, index) => {
    const passes = index % 3 !== 2;
    if (!passes) count('dropped');
    return passes;
  });
