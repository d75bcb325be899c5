import type { Transport } from '../lib/index';
import { compiled, runs } from './compiled';
import { script, type Program } from './server';

/** A server that is measured beside the others. */
export interface Contender {
  readonly name: string;
  readonly program: (transport: Transport) => Program;
  /** Default: both. */
  readonly only?: Transport;
  /** What it does with what comes: sends it back as it is, or frame by frame. Default: `echo`. */
  readonly does?: 'echo' | 'frames';
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
  { name: 'ccecho, 5 that retain', program: (transport) => script('ccecho', transport, '5', '--retains') },
  { name: 'ccecho, 2 idle faults', program: (transport) => script('ccecho', transport, '0', 'loss=0%', 'corrupt=0%') },
  { name: 'net, by hand', program: () => script('netFrames'), only: 'tcp', does: 'frames' },
  { name: 'net, `for await`', program: () => script('netPulled'), only: 'tcp', does: 'frames' },
  { name: 'ccecho, `frames`', program: () => script('frames', 'pushed'), only: 'tcp', does: 'frames' },
  { name: 'ccecho, `pulled`', program: () => script('frames', 'pulled'), only: 'tcp', does: 'frames' },
];

/** Everyone this machine can run: what Node alone serves, and where a compiler or a runtime is at hand, C, Go and Bun. */
export const contenders = (): Contenders => {
  const present = [...onNode];
  const skipped: string[] = [];
  const native = (name: string, ...[tool, source]: Parameters<typeof compiled>): void => {
    const built = compiled(tool, source);
    if ('reason' in built) skipped.push(`${name} is skipped: ${built.reason}`);
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
