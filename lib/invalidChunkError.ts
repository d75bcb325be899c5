import { EchoError } from './errors';

/** The error of a value that is to be sent, and is no bytes; names the stage that emitted it, where one did. */
export const invalidChunkError = (value: unknown, stageName?: string): EchoError => {
  const emitted = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  const message =
    stageName === undefined
      ? `Expected a Buffer to send, got ${emitted}`
      : `The stage "${stageName}" emitted ${emitted}; expected a Buffer`;
  return new EchoError('ERR_ECHO_STAGE', message);
};
