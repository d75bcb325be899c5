import type { EchoError } from '../../errors';

/** Returns the message of a listen error with its remedy. */
export const explainListenError = (error: EchoError): string => {
  const { code } = error.cause as NodeJS.ErrnoException;
  const option = error.message.startsWith('--metrics') ? '--metrics' : '--port';
  if (code === 'EACCES') return `${error.message}. ${lowPort}`;
  if (code === 'EADDRINUSE') return `${error.message}; stop the other process, or choose another port with ${option}`;
  return error.message;
};

const lowPort =
  'Ports below 1024 need root. Choose another port (--port 7007), set ' +
  'sysctl net.ipv4.ip_unprivileged_port_start=7, use a socket unit of systemd, ' +
  'or, as a last resort, setcap cap_net_bind_service=+ep on the node binary, which opens low ports to every Node program';
