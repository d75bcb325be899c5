import { Socket } from 'node:net';
import type { Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { assertInRange } from '../../options';

/** @throws `ERR_ECHO_OPTION` if this Node cannot mark packets of the transport, with a firewall rule that can. */
export const assertCanMark = (transport: Transport, port: number, dscp: number): void => {
  assertInRange('dscp', dscp, 0, 63);
  // Late versions of Node 24, and Node 26, have it; the types do not know it.
  const canMark = 'setTypeOfService' in Socket.prototype;
  if (transport === 'tcp' && canMark) return;
  const reason = transport === 'udp' ? 'Node cannot mark datagrams' : `Node ${process.version} cannot mark packets`;
  const chain = "'{ type route hook output priority mangle; }'";
  throw new EchoError(
    'ERR_ECHO_OPTION',
    `${reason}; let the firewall mark them: nft add table inet mark; nft add chain inet mark out ${chain}; ` +
      `nft add rule inet mark out ${transport} dport ${port} ip dscp set ${dscp}`,
  );
};
