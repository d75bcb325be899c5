import { EchoError } from './errors';

/** The error of a value that is to be sent, and is no bytes. */
export const notBytes = (value: unknown): EchoError =>
  new EchoError('ERR_ECHO_STAGE', `Expected a Buffer to send, got ${value === null ? 'null' : typeof value}`);
