import type { CommandDefinition } from './commandOf';
import { targetOptions, type TargetFlags } from './targetOptions';

/** The options of `ccecho check`, as parsed. */
export interface CheckFlags extends TargetFlags {
  readonly json?: true;
}

/** The command `ccecho check`. */
export const checkProgram: CommandDefinition = {
  name: 'ccecho check',
  description: 'Check what an echo server gets wrong, case by case, and name the known cause.',
  usage: 'HOST[:PORT] [options]',
  options: [
    { heading: 'Target', options: targetOptions('check', false) },
    { heading: 'Output', options: [{ flags: '--json', description: 'print one JSON document' }] },
  ],
  footer: `
Examples:
  ccecho check 192.0.2.7             both transports, port 7
  ccecho check -udp host:7007        UDP only

Exit status:  0 the server keeps RFC 862, 1 it does not, 2 wrong usage,
              3 it does not answer, 70 a bug in ccecho
`,
};
