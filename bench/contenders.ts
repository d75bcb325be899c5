import type { Transport } from '../lib';
import { compiled, runs } from './compiled';
import { script, type Program } from './server';

/** A server that is measured beside the others. */
export interface Contender {
  readonly name: string;
  readonly program: (transport: Transport) => Program;
  /** Default: both. */
  readonly only?: Transport;
}

export interface Contenders {
  /** The first of each transport is what the others are compared with. */
  readonly present: readonly Contender[];
  /** One line for each that this machine cannot run. */
  readonly skipped: readonly string[];
}

const onNode: readonly Contender[] = [
  { name: 'socket.pipe(socket)', program: () => script('pipe'), only: 'tcp' },
  { name: "'data' and write", program: () => script('dataWrite'), only: 'tcp' },
  { name: 'raw dgram', program: () => script('dgram'), only: 'udp' },
  { name: 'ccecho', program: (transport) => script('ccecho', transport) },
  { name: 'ccecho, 5 stages', program: (transport) => script('ccecho', transport, '5') },
];

/** Everyone this machine can run: what Node alone serves, and where a compiler or a runtime is at hand, C, Go and Bun. */
export const contenders = (): Contenders => {
  const present = [...onNode];
  const skipped: string[] = [];
  const native = (name: string, ...[tool, source]: Parameters<typeof compiled>): void => {
    const built = compiled(tool, source);
    if ('why' in built) skipped.push(`${name} is skipped: ${built.why}`);
    else present.push({ name, program: (transport) => ({ command: [built.program, transport], speaks: 'port' }) });
  };
  native('C, epoll', 'gcc', 'echo.c');
  native('Go', 'go', 'echo.go');
  if (runs('bun', '--version')) present.push(...onNode.map(onBun));
  else skipped.push('Bun is skipped: there is no bun');
  return { present, skipped };
};

/** The same script under another runtime. */
const onBun = ({ name, program, ...rest }: Contender): Contender => ({
  ...rest,
  name: `Bun: ${name}`,
  program: (transport) => {
    const { command, speaks } = program(transport);
    return { command: ['bun', ...command.slice(1)], speaks };
  },
});
