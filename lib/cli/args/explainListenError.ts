import type { EchoError } from '../../errors';

/** What to do about a socket that could not be bound: for the port below 1024 that a user may not have, the cures. */
export const explainListenError = (error: EchoError): string => {
  const { code } = error.cause as NodeJS.ErrnoException;
  const option = error.message.startsWith('--metrics') ? '--metrics' : '--port';
  if (code === 'EACCES') return `${error.message}. ${lowPort}`;
  if (code === 'EADDRINUSE') return `${error.message}: stop that one, or choose another port with ${option}`;
  return error.message;
};

const lowPort =
  'Ports below 1024 are for root. Cures: another port (--port 7007); ' +
  'sysctl net.ipv4.ip_unprivileged_port_start=7; a socket unit of systemd; ' +
  'and last setcap cap_net_bind_service=+ep on the node binary, which opens low ports to every Node program';
