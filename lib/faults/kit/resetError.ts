import { EchoError } from '../../errors';

/** The error with which a stage asks for the connection to be reset. */
export const resetError = (faultName: string): EchoError =>
  new EchoError('ERR_ECHO_RESET', `The fault ${faultName} reset the connection`);
