import type { Writable } from 'node:stream';
import type { Observable } from 'rxjs';
import type { Environment } from './config/environmentSettings';

/** Each function colours a text for its stream: `dim` for stdout, `yellow` and `red` for stderr. */
export interface Colors {
  readonly dim?: (text: string) => string;
  readonly yellow?: (text: string) => string;
  readonly red?: (text: string) => string;
}

/** What a command has of the world: where to write, and who tells it to stop. */
export interface ProcessContext {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Each value is a signal to stop. */
  readonly signal$: Observable<unknown>;
  /** Each value asks for the summary lines. Default: nobody asks. */
  readonly summary$?: Observable<unknown>;
  /** Each value asks to read the configuration again, or says that the terminal is gone. Default: nobody asks. */
  readonly reload$?: Observable<unknown>;
  /** Ends the process as SIGHUP does where it is not taken: the terminal is gone. Default: does nothing. */
  readonly hangUp?: () => void;
  /** Whether stdout is a terminal, so that a person reads it. Default: `false`. */
  readonly isInteractive?: boolean;
  /** Colours text, where it may be coloured. Default: nothing is coloured. */
  readonly colors?: Colors;
  /** The variables of the environment. Default: none. */
  readonly env?: Environment;
  /** Calls the handler with what nothing catches, in place of ending the process. Default: it ends the process. */
  readonly onUncaught?: (handler: (error: unknown) => void) => void;
  /** The script of this command, and its words: what a worker is started with. Default: workers cannot be started. */
  readonly self?: { readonly exec: string; readonly args: readonly string[] };
}
