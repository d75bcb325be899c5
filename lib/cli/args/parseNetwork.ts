import type * as access from '../../server/limits/accessList';

/** A network or an address, as `AccessList` reads it. @throws `ERR_ECHO_OPTION` for what is neither. */
export const parseNetwork = (text: string): string => {
  // Loaded for whoever names one: --help needs no server.
  const { AccessList } = require('../../server/limits/accessList') as typeof access;
  new AccessList({ deny: [text] });
  return text;
};
