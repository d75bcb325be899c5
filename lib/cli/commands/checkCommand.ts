import { lastValueFrom } from 'rxjs';
import { formatEndpoint, type Endpoint, type Transport } from '../../endpoint';
import { EchoError } from '../../errors';
import { answers } from '../../measure/check/answers';
import { check } from '../../measure/check/check';
import type { CheckResult } from '../../measure/check/checkCase';
import { resolve } from '../../measure/resolve';
import { checkProgram, type CheckFlags } from '../args/checkProgram';
import { assertConsistent } from '../args/assertConsistent';
import { commandOf } from '../args/commandOf';
import { parseArguments } from '../args/parseArguments';
import { parseTarget } from '../args/parseTarget';
import { familyOf } from '../args/targetOptions';
import { complain } from '../complain';
import { exitStatus } from '../exitStatus';
import type { ProcessContext } from '../processContext';

/** How long a server may take to answer at all. */
const ANSWER_MS = 1500;

/** `ccecho check HOST`: prints what a server gets wrong, case by case, and resolves with the exit status. */
export const checkCommand = async (args: readonly string[], context: ProcessContext): Promise<number> => {
  const { stdout } = context;
  const print = (line: string): void => void stdout.write(`${line}\n`);
  const fail = (message: string): number => {
    complain(context, message);
    return exitStatus.cannotListen;
  };
  const program = commandOf(checkProgram).configureOutput({ writeOut: (text) => stdout.write(text) });
  const flags = parseArguments<CheckFlags>(program, args, 1);
  const [text] = program.args;
  if (text === undefined) throw new EchoError('ERR_ECHO_OPTION', 'no target; expected ccecho check HOST[:PORT]');
  assertConsistent(flags);
  const { host, port } = parseTarget(text, flags.port);
  const address = await addressOf(host, flags);
  if (address instanceof EchoError) return fail(address.message);
  const target = { host: address, port };

  const results: CheckResult[] = [];
  const silent: string[] = [];
  if (!flags.json) print(`CHECK ${host} (${formatEndpoint(target)})`);
  for (const transport of asked(flags)) {
    const answer = await answers(target, transport, ANSWER_MS);
    if (answer !== 'yes') {
      silent.push(`${transport}: ${answer === 'refused' ? 'refused' : silenceOf(target, transport)}`);
      if (!flags.json) print(silent.at(-1)!);
      continue;
    }
    for await (const result of check({ target, transport })) {
      results.push(result);
      if (!flags.json) print(lineOf(result));
    }
  }
  const failed = results.filter(({ verdict }) => verdict === 'failed' || verdict === 'sometimes');
  if (flags.json) {
    print(
      JSON.stringify({
        v: 1,
        target: formatEndpoint(target),
        results,
        silent,
        ok: results.length > 0 && failed.length === 0,
      }),
    );
  } else if (results.length > 0) {
    print(
      failed.length === 0
        ? 'the server keeps RFC 862'
        : `the server violates RFC 862 in ${failed.length} of ${results.length} cases`,
    );
  }
  if (results.length === 0) return fail(`${formatEndpoint(target)} does not answer`);
  return failed.length === 0 ? exitStatus.ok : exitStatus.lost;
};

const asked = ({ tcp, udp }: CheckFlags): readonly Transport[] =>
  tcp === udp ? ['tcp', 'udp'] : tcp ? ['tcp'] : ['udp'];

const addressOf = async (host: string, flags: CheckFlags): Promise<string | EchoError> => {
  try {
    return await lastValueFrom(resolve(host, familyOf(flags)));
  } catch (error) {
    if (error instanceof EchoError) return error;
    throw error;
  }
};

const silenceOf = ({ host }: Endpoint, transport: Transport): string =>
  transport === 'udp' && host.startsWith('127.') ? 'no answer; OpenBSD inetd does not answer 127.0.0.0/8' : 'no answer';

const lineOf = ({ transport, name, verdict, detail, cause }: CheckResult): string => {
  const explanation = [detail, cause && `known cause: ${cause}`].filter((each) => each !== undefined).join('; ');
  return `${transport}  ${name.padEnd(32)}  ${verdict}${explanation === '' ? '' : `: ${explanation}`}`;
};
