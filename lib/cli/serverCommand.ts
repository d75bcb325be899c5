import { EchoError } from '../errors';
import { given } from '../given';
import { transportsOf } from '../server/options';
import { policyOf } from './policyOf';
import { serveAndSay } from './serveAndSay';
import type { ServerFlags } from './serverProgram';
import { servingHere } from './servingHere';
import type { Terminal } from './terminal';
import type * as several from './workersCommand';

/** `ccecho` alone: serves until it is told to stop; resolves with the exit status. */
export const serverCommand = async (flags: ServerFlags, terminal: Terminal): Promise<number> => {
  const { tcp, udp, host: hosts, port, once = false, workers } = flags;
  if (workers !== undefined) refuseInVain(flags);
  if (workers !== undefined && workers > 1) {
    const { workersCommand } = require('./workersCommand') as typeof several;
    return workersCommand(flags, terminal);
  }
  return serveAndSay(flags, terminal, ({ faults, requests$, decided }) =>
    servingHere({ ...policyOf(flags), ...given({ tcp, udp, hosts, faults, decided }), port, once, requests$ }),
  );
};

/** Workers that would have nothing to share. */
const refuseInVain = (flags: ServerFlags): void => {
  if (flags.once) throw refused('serves many clients, and --once a single one: leave one of them out');
  if (transportsOf(flags).includes('tcp')) return;
  throw refused('spreads TCP connections, and UDP is served by one process: leave it out, or add --tcp');
};

const refused = (message: string): EchoError => new EchoError('ERR_ECHO_OPTION', `--workers ${message}`);
