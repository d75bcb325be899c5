import { lastValueFrom, tap } from 'rxjs';
import { EchoError } from '../../errors';
import { formatBytes } from '../../format/formatUnits';
import { load } from '../../measure/load/load';
import type { LoadStats } from '../../measure/load/loadStats';
import type { Percentiles } from '../../measure/statistics/percentiles';
import { omitUndefined } from '../../omitUndefined';
import { loadProgram, type LoadFlags } from '../args/loadProgram';
import { assertConsistent, type Rule } from '../args/assertConsistent';
import { commandOf } from '../args/commandOf';
import { parseArguments } from '../args/parseArguments';
import { parseTarget } from '../args/parseTarget';
import { familyOf } from '../args/targetOptions';
import { complain } from '../complain';
import { exitStatus } from '../exitStatus';
import { formatMs } from '../measure/formatMs';
import { distributionJson } from '../measure/probeJson';
import type { ProcessContext } from '../processContext';

/** From this share of a core on, the generator may be what limits the rate. */
const BUSY_CORES = 0.9;

/** `ccecho load HOST`: loads an echo service, prints what it took, and resolves with the exit status. */
export const loadCommand = async (args: readonly string[], context: ProcessContext): Promise<number> => {
  const { stdout, signal$, isInteractive = false } = context;
  const print = (line: string): void => void stdout.write(`${line}\n`);
  const program = commandOf(loadProgram).configureOutput({ writeOut: (text) => stdout.write(text) });
  const flags = parseArguments<LoadFlags>(program, args, 1);
  const [text] = program.args;
  if (text === undefined) throw new EchoError('ERR_ECHO_OPTION', 'no target; expected ccecho load HOST[:PORT]');
  assertConsistent(flags, rulesOf(flags));
  const { host, port } = parseTarget(text, flags.port);
  const transport = flags.udp ? 'udp' : 'tcp';
  const { connections, size, depth, count, duration: durationMs, rate: messagesPerSecond, json } = flags;
  const showLive = isInteractive && !json;
  if (!json)
    print(`LOAD ${host}:${port} ${transport}: ${connections} connections, ${size} bytes, ${durationMs / 1000} s`);
  let stats: LoadStats;
  try {
    stats = await lastValueFrom(
      load({
        host,
        port,
        transport,
        connections,
        size,
        depth,
        durationMs,
        reconnect: flags.reconnect ?? false,
        stop$: signal$,
        ...omitUndefined({ count, messagesPerSecond, family: familyOf(flags) }),
      }).pipe(tap((now) => showLive && stdout.write(`\r\u001b[K${liveLine(now)}`))),
    );
  } catch (error) {
    if (!(error instanceof EchoError) || error.code !== 'ERR_ECHO_CONNECTION') throw error;
    complain(context, error.message);
    return exitStatus.cannotListen;
  }
  if (showLive) stdout.write('\r\u001b[K');
  if (json) print(JSON.stringify(documentOf(stats)));
  else tableOf(stats).forEach(print);
  return stats.errorCount > 0 || stats.messages === 0 ? exitStatus.lost : exitStatus.ok;
};

const perSecond = (count: number, { elapsedMs }: LoadStats): number => (count * 1000) / Math.max(elapsedMs, 1);

const liveLine = (stats: LoadStats): string =>
  `${Math.round(stats.elapsedMs / 1000)} s  ${stats.messages} messages  ` +
  `${Math.round(perSecond(stats.messages, stats))}/s  p50 ${formatMs(stats.rtt.at(500))} ms  ${stats.errorCount} errors`;

const tableOf = (stats: LoadStats): string[] => [
  `${stats.messages} messages in ${(stats.elapsedMs / 1000).toFixed(2)} s: ` +
    `${Math.round(perSecond(stats.messages, stats))} messages/s, ${formatBytes(perSecond(stats.bytes, stats))}/s`,
  `errors: ${stats.errorCount === 0 ? 'none' : [...stats.errors].map(([kind, count]) => `${count} ${kind}`).join(', ')}`,
  percentilesOf('round trip', stats.rtt),
  ...(stats.fromDue.count > 0 ? [percentilesOf('from due time', stats.fromDue)] : []),
  ...(stats.lateness.count > 0 ? [percentilesOf('lateness of sends', stats.lateness)] : []),
  `this process used ${stats.cpuCores.toFixed(2)} cores`,
  ...(stats.cpuCores >= BUSY_CORES ? ['warning: the generator was busy; the limit may be its own'] : []),
];

const percentilesOf = (name: string, values: Percentiles): string =>
  `${name}: min ${formatMs(values.count === 0 ? undefined : values.min)}, ` +
  `${[500, 900, 990, 999].map((each) => `p${each / 10} ${formatMs(values.at(each))}`).join(', ')}, ` +
  `max ${formatMs(values.count === 0 ? undefined : values.max)} ms`;

const documentOf = (stats: LoadStats): object => ({
  v: 1,
  messages: stats.messages,
  messagesPerSecond: Math.round(perSecond(stats.messages, stats)),
  bytesPerSecond: Math.round(perSecond(stats.bytes, stats)),
  errors: Object.fromEntries(stats.errors),
  rttNs: distributionJson(stats.rtt),
  fromDueNs: stats.fromDue.count > 0 ? distributionJson(stats.fromDue) : null,
  latenessNs: stats.lateness.count > 0 ? distributionJson(stats.lateness) : null,
  cpuCores: Number(stats.cpuCores.toFixed(3)),
});

const rulesOf = ({ tcp, udp, reconnect, depth, size, rate }: LoadFlags): readonly Rule[] => [
  [tcp && udp, '--tcp cannot be combined with --udp; a load has one transport'],
  [reconnect && udp, '--reconnect works over TCP only'],
  [reconnect && (depth > 1 || rate), '--reconnect cannot be combined with --depth or --rate'],
  [udp && size > 65_507, '--size of a datagram is at most 65507'],
  [
    udp && size < 8 && (depth > 1 || rate),
    'datagrams of less than 8 bytes cannot be told apart; use --depth 1 without --rate',
  ],
];
