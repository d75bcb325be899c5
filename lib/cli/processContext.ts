import type { Writable } from 'node:stream';
import type { Observable } from 'rxjs';
import type { Environment } from './config/environmentSettings';

/** Each function colours a text for its stream: `dim` for stdout, `yellow` and `red` for stderr. */
export interface Colors {
  readonly dim?: (text: string) => string;
  readonly yellow?: (text: string) => string;
  readonly red?: (text: string) => string;
}

/** What a command receives from its process. */
export interface ProcessContext {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Emits at each signal to stop. */
  readonly signal$: Observable<unknown>;
  /** Emits at each request for the summary lines. Default: never. */
  readonly summary$?: Observable<unknown>;
  /** Emits at each request of a terminal for the statistics so far. Default: never. */
  readonly statistics$?: Observable<unknown>;
  /** Emits at each request to read the configuration again. Default: never. */
  readonly reload$?: Observable<unknown>;
  /** Ends the process as SIGHUP does by default. Default: does nothing. */
  readonly hangUp?: () => void;
  /** Whether stdout is a terminal, so that a person reads it. Default: `false`. */
  readonly isInteractive?: boolean;
  /** Colours text. Default: none. */
  readonly colors?: Colors;
  /** The environment variables. Default: none. */
  readonly env?: Environment;
  /** Registers a handler for uncaught errors. Default: they end the process. */
  readonly onUncaught?: (handler: (error: unknown) => void) => void;
  /**
   * The script of this command and its arguments, with which a worker is started. Default: workers cannot be started.
   */
  readonly self?: { readonly exec: string; readonly args: readonly string[] };
}
