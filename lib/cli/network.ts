import { AccessList } from '../server/accessList';

/** A network or an address, as `AccessList` reads it. @throws `ERR_ECHO_OPTION` for what is neither. */
export const network = (text: string): string => {
  new AccessList({ deny: [text] });
  return text;
};
