import { defer, tap, type MonoTypeOperatorFunction } from 'rxjs';
import { createHash } from 'node:crypto';
import { formatEndpoint, type Endpoint } from '../endpoint';
import type { StageContext } from '../stage';

/** The length at which a line is written. */
const LINE_COLUMNS = 60;

/** The number of chunks with a letter of their own; further chunks share the star. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Draws chunks as a marble diagram; see `dump`. */
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
          // Unsubscribed: the line so far is written, without an end.
          unsubscribe: () => drawing.end('', column()),
        }),
      );
    });

/** A diagram that grows to the right. Chunks of one column form a group. */
class Drawing {
  #line = '';
  /** The column at which the line continues. */
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
    // One column is one millisecond in a marble test, so a long silence is written as a time.
    this.#line += gap > LINE_COLUMNS ? ` ${gap}ms ` : '-'.repeat(gap);
    // As in RxJS, a group takes as many columns as it has characters.
    const drawn = this.#group.length === 1 ? this.#group : `(${this.#group})`;
    this.#line += drawn;
    this.#at = this.#groupAt + drawn.length;
    this.#group = '';
    if (this.#line.length < LINE_COLUMNS) return;
    this.write(this.#line);
    this.#line = '';
  }
}

/** The letters of a connection's chunks, shared by all dumps of the connection, which its endpoint identifies. */
const letters = new WeakMap<Endpoint, Map<string, string>>();

const letterOf = (chunk: Buffer, remote: Endpoint): string => {
  const known = letters.get(remote) ?? new Map<string, string>();
  letters.set(remote, known);
  const key = createHash('sha1').update(chunk).digest('base64');
  const letter = known.get(key) ?? LETTERS[known.size] ?? '*';
  if (known.size < LETTERS.length) known.set(key, letter);
  return letter;
};
