import { Command, Option } from 'commander';
import { parsePort } from './parseOption';
import { usageParser } from './usageParser';

/** The options of `ccecho check`, as parsed. */
export interface CheckFlags {
  readonly tcp?: true;
  readonly udp?: true;
  readonly port?: number;
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly json?: true;
}

const footer = `
Examples:
  ccecho check 192.0.2.7             both transports, port 7
  ccecho check -udp host:7007        UDP only

Exit status:  0 the server keeps RFC 862, 1 it does not, 2 wrong usage,
              3 it does not answer, 70 a bug in ccecho
`;

/** The command `ccecho check`. Commander only parses the arguments. */
export const createCheckProgram = (): Command =>
  new Command('ccecho check')
    .description('Check what an echo server gets wrong, case by case, and name the known cause.')
    .usage('HOST[:PORT] [options]')
    .argument('[host]')
    .addOption(new Option('--tcp', 'check TCP (default: both transports)'))
    .addOption(new Option('--udp', 'check UDP (default: both transports)'))
    .addOption(new Option('-p, --port <n>', 'port of the target (default: 7)').argParser(usageParser(parsePort)))
    .addOption(new Option('-4, --ipv4', 'use an IPv4 address of the target'))
    .addOption(new Option('-6, --ipv6', 'use an IPv6 address of the target'))
    .addOption(new Option('--json', 'print one JSON document'))
    .helpOption('-h, --help', 'print this help and exit')
    .configureHelp({
      helpWidth: 80,
      visibleArguments: () => [],
      optionTerm: ({ flags }) => (flags === '--tcp' || flags === '--udp' ? `-${flags.slice(2)}, ${flags}` : flags),
    })
    .configureOutput({ writeErr: () => undefined })
    .addHelpText('after', footer)
    .showSuggestionAfterError(false)
    .allowExcessArguments(true)
    .exitOverride();
