import type { Endpoint } from './endpoint';

/**
 * The code of an error, from a closed list: a new code is a minor release.
 *
 * - `ERR_ECHO_OPTION` an option or argument is invalid
 * - `ERR_ECHO_USED` a single-use stream was subscribed a second time
 * - `ERR_ECHO_LISTEN` an address could not be bound; the system's error is the `cause`
 * - `ERR_ECHO_LISTENER` a listener failed after it had listened; other listeners continue
 * - `ERR_ECHO_STOPPED` a server was stopped before it listened
 * - `ERR_ECHO_CONNECTION` the peer reset the connection, or a read or write failed
 * - `ERR_ECHO_ABORTED` this side aborted the connection
 * - `ERR_ECHO_RESET` a stage asks for a reset of the connection, on purpose
 * - `ERR_ECHO_STAGE` a stage threw; the message names the stage
 * - `ERR_ECHO_FRAME` a frame exceeds its limit, or the stream ended within one
 * - `ERR_ECHO_OVERFLOW` a peer does not read, and `whenFull: 'abort'` asked for its end
 */
export type EchoErrorCode =
  | 'ERR_ECHO_OPTION'
  | 'ERR_ECHO_USED'
  | 'ERR_ECHO_LISTEN'
  | 'ERR_ECHO_LISTENER'
  | 'ERR_ECHO_STOPPED'
  | 'ERR_ECHO_CONNECTION'
  | 'ERR_ECHO_ABORTED'
  | 'ERR_ECHO_RESET'
  | 'ERR_ECHO_STAGE'
  | 'ERR_ECHO_FRAME'
  | 'ERR_ECHO_OVERFLOW';

export interface EchoErrorOptions extends ErrorOptions {
  /** The other end of the connection. */
  readonly remote?: Endpoint;
}

/**
 * The error class of the library: `code` says what failed, `cause` is the error of the system or of the user's
 * operator.
 */
export class EchoError extends Error {
  override readonly name = 'EchoError';
  readonly remote?: Endpoint;

  constructor(
    readonly code: EchoErrorCode,
    message: string,
    { remote, ...options }: EchoErrorOptions = {},
  ) {
    super(message, options);
    if (remote) this.remote = remote;
  }
}

/** Returns the error for a value that is not a Buffer, with the name of the stage that emitted it. */
export const invalidChunkError = (value: unknown, stageName?: string): EchoError => {
  const emitted = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  const message =
    stageName === undefined
      ? `Expected a Buffer to send, got ${emitted}`
      : `The stage "${stageName}" emitted ${emitted}; expected a Buffer`;
  return new EchoError('ERR_ECHO_STAGE', message);
};
