import type { Endpoint } from './endpoint';

/**
 * Every way this package can fail. A closed list: adding a member is a minor release.
 *
 * - `ERR_ECHO_OPTION` an option or an argument is not what its documentation allows
 * - `ERR_ECHO_USED` a single-use stream was subscribed a second time
 * - `ERR_ECHO_LISTEN` an address could not be bound; the system's error is the `cause`
 * - `ERR_ECHO_LISTENER` a listener failed after it had listened; the others go on
 * - `ERR_ECHO_STOPPED` a server was told to stop before it listened
 * - `ERR_ECHO_CONNECTION` the peer reset the connection, or a read or a write failed
 * - `ERR_ECHO_ABORTED` the connection was aborted on this side
 * - `ERR_ECHO_RESET` a stage asks for the connection to be reset: not a failure, a fault on purpose
 * - `ERR_ECHO_STAGE` a stage threw; the message names it
 * - `ERR_ECHO_FRAME` a frame is longer than it may be, or the stream ended within one
 * - `ERR_ECHO_OVERFLOW` a peer did not take what was sent to it, and `whenFull: 'abort'` asked for its end
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
  /** The other end of the connection that the error is about. */
  readonly remote?: Endpoint;
}

/**
 * The one error class: `code` says what failed, `cause` is the system's or the user's own error behind it, and `remote` the
 * other end of the connection that broke or was aborted.
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

/** The error of a value that is to be sent, and is no bytes; names the stage that emitted it, where one did. */
export const invalidChunkError = (value: unknown, stageName?: string): EchoError => {
  const emitted = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  const message =
    stageName === undefined
      ? `Expected a Buffer to send, got ${emitted}`
      : `The stage "${stageName}" emitted ${emitted}; expected a Buffer`;
  return new EchoError('ERR_ECHO_STAGE', message);
};
