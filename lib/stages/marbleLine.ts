import { defer, tap, type MonoTypeOperatorFunction } from 'rxjs';
import { createHash } from 'node:crypto';
import { formatEndpoint, type Endpoint } from '../endpoint';
import type { StageContext } from '../stage';

/** A line is written when it is so long. */
const LINE_COLUMNS = 60;

/** As many chunks of a connection have a letter of their own; all further ones share the star. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** What passes, drawn as a marble diagram; see `dump`. */
export const marbleLine =
  (
    { columnMs, label }: { readonly columnMs: number; readonly label: string },
    { scheduler, remote, print }: StageContext,
  ): MonoTypeOperatorFunction<Buffer> =>
  (source) =>
    defer(() => {
      const head = `${formatEndpoint(remote)} ${label.padEnd(6)} `;
      const drawing = new Drawing((line) => print(head + line));
      const startMs = scheduler.now();
      const column = (): number => Math.floor((scheduler.now() - startMs) / columnMs);
      return source.pipe(
        tap({
          next: (chunk) => drawing.mark(letterOf(chunk, remote), column()),
          error: () => drawing.end('#', column()),
          complete: () => drawing.end('|', column()),
          // Cut from outside: the line so far is shown, without an end.
          unsubscribe: () => drawing.end('', column()),
        }),
      );
    });

/** A diagram that grows to the right; what falls into one column is a group. */
class Drawing {
  #line = '';
  /** The column at which the line goes on. */
  #at = 0;
  #group = '';
  #groupAt = 0;

  constructor(private readonly write: (line: string) => void) {}

  mark(symbol: string, column: number): void {
    if (column !== this.#groupAt) this.#drawGroup();
    if (this.#group === '') this.#groupAt = Math.max(column, this.#at);
    this.#group += symbol;
  }

  end(symbol: string, column: number): void {
    if (symbol !== '') this.mark(symbol, column);
    this.#drawGroup();
    if (this.#line !== '') this.write(this.#line);
    this.#line = '';
  }

  #drawGroup(): void {
    if (this.#group === '') return;
    const gap = this.#groupAt - this.#at;
    // In a marble test one column is one millisecond: a long silence is written as time.
    this.#line += gap > LINE_COLUMNS ? ` ${gap}ms ` : '-'.repeat(gap);
    // A group takes as many columns as it has characters, as in RxJS.
    const drawn = this.#group.length === 1 ? this.#group : `(${this.#group})`;
    this.#line += drawn;
    this.#at = this.#groupAt + drawn.length;
    this.#group = '';
    if (this.#line.length < LINE_COLUMNS) return;
    this.write(this.#line);
    this.#line = '';
  }
}

/** The letters of a connection's chunks, in the order first seen by any of its dumps; the endpoint stands for the connection. */
const letters = new WeakMap<Endpoint, Map<string, string>>();

const letterOf = (chunk: Buffer, remote: Endpoint): string => {
  const known = letters.get(remote) ?? new Map<string, string>();
  letters.set(remote, known);
  const key = createHash('sha1').update(chunk).digest('base64');
  const letter = known.get(key) ?? LETTERS[known.size] ?? '*';
  if (known.size < LETTERS.length) known.set(key, letter);
  return letter;
};
