import { EchoError } from '../../errors';

/** Returns the error with which a stage requests a reset of the connection. */
export const resetError = (faultName: string): EchoError =>
  new EchoError('ERR_ECHO_RESET', `The fault ${faultName} reset the connection`);
