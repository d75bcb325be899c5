/** Called at the end of a turn; see `atEndOfTurn`. */
export interface EndOfTurnListener {
  onEndOfTurn(): void;
}

const listeners: EndOfTurnListener[] = [];
let isReading = false;
let isScheduled = false;

/** Returns whether a socket is emitting a chunk that it has read. */
export const readIsUnderWay = (): boolean => isReading;

/**
 * Calls the listener once, at the end of the current turn.
 *
 * While a read is being emitted, the turn ends when the reader has returned. Otherwise the turn ends at the next tick.
 *
 * A microtask would come too early. The replies of a handler that pulls come in a microtask each, so each would become
 * a write of its own. Called in a microtask, `process.nextTick` waits until all microtasks have run.
 */
export const atEndOfTurn = (listener: EndOfTurnListener): void => {
  listeners.push(listener);
  if (isReading || isScheduled) return;
  isScheduled = true;
  process.nextTick(callAll);
};

/** Emits a chunk that a socket has read, then calls the listeners. */
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
  // A listener that is called may add others.
  for (let at = 0; at < listeners.length; at += 1) listeners[at]!.onEndOfTurn();
  listeners.length = 0;
};
