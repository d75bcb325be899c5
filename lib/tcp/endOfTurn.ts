/** Counts every read of every socket: what happens between two of them follows from one. */
export const reads = { count: 0 };

/** What is to be done once a turn's microtasks are over. */
export interface EndOfTurnListener {
  onEndOfTurn(): void;
}

let listeners: EndOfTurnListener[] = [];

/**
 * Calls the listener once, when what runs now and its microtasks are over.
 *
 * `process.nextTick`, and no microtask: that would come between the replies of a handler that pulls, each of which comes in a
 * microtask of its own (7.41 µs a message in place of 1.71).
 */
export const atEndOfTurn = (listener: EndOfTurnListener): void => {
  if (listeners.push(listener) === 1) process.nextTick(callAll);
};

const callAll = (): void => {
  const ended = listeners;
  listeners = [];
  for (const each of ended) each.onEndOfTurn();
};
