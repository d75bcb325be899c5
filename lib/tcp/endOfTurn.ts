/** What is to be done once all that a turn brings has been gathered. */
export interface EndOfTurnListener {
  onEndOfTurn(): void;
}

const listeners: EndOfTurnListener[] = [];
let isReading = false;
let isScheduled = false;

/** Whether a socket is handing on what it has read. */
export const readIsUnderWay = (): boolean => isReading;

/**
 * Calls the listener once: when the read that is under way has been handed on, or else when what runs now and its microtasks
 * are over.
 *
 * `process.nextTick`, and no microtask: that would come between the replies of a handler that pulls, each of which comes in a
 * microtask of its own (7.41 µs a message in place of 1.71).
 */
export const atEndOfTurn = (listener: EndOfTurnListener): void => {
  listeners.push(listener);
  if (isReading || isScheduled) return;
  isScheduled = true;
  process.nextTick(callAll);
};

/** Hands on what a socket has read: what follows from it at once is over when this returns. */
export const emitRead = (reader: { onRead(chunk: Buffer): void }, chunk: Buffer): void => {
  isReading = true;
  try {
    reader.onRead(chunk);
  } finally {
    isReading = false;
    callAll();
  }
};

const callAll = (): void => {
  isScheduled = false;
  // One that is called may add others.
  for (let at = 0; at < listeners.length; at += 1) listeners[at]!.onEndOfTurn();
  listeners.length = 0;
};
