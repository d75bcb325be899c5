import { finalize, lastValueFrom, merge, NEVER, tap, timer } from 'rxjs';
import { type Endpoint, formatEndpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import { probeEvents } from '../../measure/probe/probe';
import type { ProbeEvent } from '../../measure/probe/probeEvent';
import { ProbeStats } from '../../measure/probe/probeStats';
import { monotonicScheduler } from '../../monotonicScheduler';
import { omitUndefined } from '../../omitUndefined';
import { probeProgram, type ProbeFlags } from '../args/probeProgram';
import { commandOf } from '../args/commandOf';
import { parseArguments } from '../args/parseArguments';
import { parseTarget } from '../args/parseTarget';
import { exitStatus } from '../exitStatus';
import { LiveLine } from '../measure/liveLine';
import { probeEventJson, probeJson } from '../measure/probeJson';
import { probeLine } from '../measure/probeLines';
import { probeSummary } from '../measure/probeSummary';
import { assertDecidable, exceededLimits } from '../measure/probeVerdict';
import type { ProcessContext } from '../processContext';

/** `ccecho probe HOST`: probes until its end or a signal, prints the summary, and resolves with the exit status. */
export const probeCommand = async (args: readonly string[], context: ProcessContext): Promise<number> => {
  const { stdout, stderr, signal$, summary$ = NEVER, colors, isInteractive = false } = context;
  const print = (line: string): void => void stdout.write(`${line}\n`);
  const program = commandOf(probeProgram).configureOutput({ writeOut: (text) => stdout.write(text) });
  const flags = parseArguments<ProbeFlags>(program, args, 1);
  const [text] = program.args;
  if (text === undefined) throw new EchoError('ERR_ECHO_OPTION', 'no target; expected ccecho probe HOST[:PORT]');
  assertConsistent(flags);
  assertDecidable(flags);
  const { host, port } = parseTarget(text, flags.port);
  const transport = flags.udp ? 'udp' : 'tcp';
  const { count, interval: intervalMs, size, timeout: timeoutMs, flows, source, sourcePort, pattern } = flags;
  const { quiet: isQuiet = false, verbose: isVerbose = false, json, ndjson } = flags;
  const isText = !json && !ndjson;

  let target: Endpoint = { host, port };
  let locals: readonly Endpoint[] = [];
  const stats = new ProbeStats();
  const live =
    isInteractive && isText && !isQuiet
      ? new LiveLine((line) => void stdout.write(line), monotonicScheduler)
      : undefined;
  const startMs = monotonicScheduler.now();
  const stamp = (): string => (flags.timestamps ? `[${(Date.now() / 1000).toFixed(6)}] ` : '');
  const show = (event: ProbeEvent): void => {
    if (ndjson && (event.kind !== 'sent' || isVerbose)) print(JSON.stringify(probeEventJson(event)));
    if (!isText || isQuiet) return;
    const line =
      event.kind === 'sent' && isVerbose ? `sent seq=${event.seq}` : probeLine(event, target, size, timeoutMs);
    if (line !== undefined) {
      live?.clear();
      print(`${stamp()}${line}`);
    }
    live?.draw(event, stats);
  };
  const summarize = (): void => {
    live?.clear();
    const elapsedMs = monotonicScheduler.now() - startMs;
    const asked = { count: count ?? null, intervalMs, size, timeoutMs, flows };
    if (json) print(JSON.stringify(probeJson(stats, { target, transport, locals, asked })));
    else if (ndjson)
      print(JSON.stringify({ ...probeJson(stats, { target, transport, locals, asked }), kind: 'summary' }));
    else probeSummary(stats, { target, transport, locals, elapsedMs, intervalMs, isVerbose }).forEach(print);
  };
  const asked = summary$.subscribe(summarize);
  const events$ = probeEvents({
    host,
    port,
    transport,
    intervalMs,
    size,
    timeoutMs,
    flows,
    reconnect: flags.reconnect ?? false,
    ...omitUndefined({ count, source, sourcePort, pattern, family: flags.ipv4 ? 4 : flags.ipv6 ? 6 : undefined }),
    stop$: merge(signal$, flags.deadline === undefined ? NEVER : timer(flags.deadline, monotonicScheduler)),
    onStart: (start) => {
      ({ target, locals } = start);
      const from = locals.map(formatEndpoint).join(', ');
      if (isText) print(`PROBE ${host} (${formatEndpoint(target)}) ${transport}: ${size} bytes from ${from}`);
    },
  });
  try {
    await lastValueFrom(
      events$.pipe(
        tap((event) => {
          stats.add(event);
          show(event);
        }),
        finalize(() => asked.unsubscribe()),
      ),
      { defaultValue: undefined },
    );
  } catch (error) {
    if (!(error instanceof EchoError) || error.code !== 'ERR_ECHO_CONNECTION') throw error;
    live?.clear();
    stderr.write(`${colors?.red?.('ccecho:') ?? 'ccecho:'} ${error.message}\n`);
    return exitStatus.cannotListen;
  }
  summarize();
  const exceeded = exceededLimits(stats, flags);
  for (const line of exceeded) stderr.write(`${colors?.yellow?.('ccecho:') ?? 'ccecho:'} ${line}\n`);
  return exceeded.length > 0 || (stats.sent > 0 && stats.received === 0) ? exitStatus.lost : exitStatus.ok;
};

const assertConsistent = ({ tcp, udp, ipv4, ipv6, json, ndjson, reconnect, size }: ProbeFlags): void => {
  const wrong =
    tcp && udp
      ? '--tcp cannot be combined with --udp; a probe has one transport'
      : ipv4 && ipv6
        ? '-4 cannot be combined with -6'
        : json && ndjson
          ? '--json cannot be combined with --ndjson'
          : reconnect && udp
            ? '--reconnect works over TCP only'
            : size === 0 && !udp
              ? '--size 0 works over UDP only'
              : undefined;
  if (wrong !== undefined) throw new EchoError('ERR_ECHO_OPTION', wrong);
};
