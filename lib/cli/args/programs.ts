import { checkProgram } from './checkProgram';
import type { CommandDefinition } from './commandOf';
import { loadProgram } from './loadProgram';
import { probeProgram } from './probeProgram';

/** The commands beside the server that have options of their own, by their names. */
export const programs: Readonly<Record<string, CommandDefinition>> = {
  probe: probeProgram,
  load: loadProgram,
  check: checkProgram,
};
