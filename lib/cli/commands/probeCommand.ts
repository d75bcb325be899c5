import { lastValueFrom, merge, NEVER, share, tap, timer, type Observable } from 'rxjs';
import { formatEndpoint, type Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import { probeEvents, type ProbeOptions } from '../../measure/probe/probe';
import type { ProbeEvent } from '../../measure/probe/probeEvent';
import { ProbeStats } from '../../measure/probe/probeStats';
import { statsPerWindow } from '../../measure/probe/statsPerWindow';
import { monotonicScheduler } from '../../monotonicScheduler';
import { omitUndefined } from '../../omitUndefined';
import { assertConsistent } from '../args/assertConsistent';
import { commandOf } from '../args/commandOf';
import { parseArguments } from '../args/parseArguments';
import { parseTarget } from '../args/parseTarget';
import { probeProgram, type ProbeFlags } from '../args/probeProgram';
import { familyOf } from '../args/targetOptions';
import { complain, warn } from '../complain';
import { exitStatus } from '../exitStatus';
import { LiveLine } from '../measure/liveLine';
import type * as exporter from '../measure/probeExporter';
import { probeEventJson, probeJson, windowJson } from '../measure/probeJson';
import { probeLine, windowLine } from '../measure/probeLines';
import { probeSummary } from '../measure/probeSummary';
import { assertDecidable, exceededLimits, probeRules } from '../measure/probeVerdict';
import type { ProcessContext } from '../processContext';

/** `ccecho probe HOST`: probes until its end or a signal, prints the summary, and resolves with the exit status. */
export const probeCommand = async (args: readonly string[], context: ProcessContext): Promise<number> => {
  const { stdout, signal$ } = context;
  const program = commandOf(probeProgram).configureOutput({ writeOut: (text) => stdout.write(text) });
  const flags = parseArguments<ProbeFlags>(program, args, Infinity);
  const targets = program.args.map((text) => ({ label: text, ...parseTarget(text, flags.port) }));
  const [target] = targets;
  if (target === undefined) throw new EchoError('ERR_ECHO_OPTION', 'no target; expected ccecho probe HOST[:PORT]');
  assertConsistent(flags, probeRules(flags, program.args));
  assertDecidable(flags);
  const deadline$ = flags.deadline === undefined ? NEVER : timer(flags.deadline, monotonicScheduler);
  const stop$ = merge(signal$, deadline$);
  try {
    if (flags.metrics === undefined) return await probeOne(target, flags, stop$, context);
    // Loaded on demand: a probe needs no HTTP.
    const { probeExporter } = require('../measure/probeExporter') as typeof exporter;
    await probeExporter({
      targets: targets.map(({ label, ...each }) => ({ label, options: optionsFrom(each, flags) })),
      at: flags.metrics,
      stop$,
      print: (line) => void stdout.write(`${line}\n`),
      warn: (line) => warn(context, line),
    });
    return exitStatus.ok;
  } catch (error) {
    if (!(error instanceof EchoError) || error.code !== 'ERR_ECHO_CONNECTION') throw error;
    complain(context, error.message);
    return exitStatus.cannotListen;
  }
};

const optionsFrom = ({ host, port }: Endpoint, flags: ProbeFlags): ProbeOptions => {
  const { count, source, sourcePort, dscp, pattern } = flags;
  return {
    host,
    port,
    transport: transportOf(flags),
    intervalMs: flags.interval,
    size: flags.size,
    timeoutMs: flags.timeout,
    flows: flags.flows,
    reconnect: flags.reconnect ?? false,
    ...omitUndefined({ count, source, sourcePort, dscp, pattern, family: familyOf(flags) }),
  };
};

const transportOf = ({ udp }: ProbeFlags) => (udp ? 'udp' : 'tcp');

/** Probes one target: what is printed subscribes to one stream of events. */
const probeOne = async (
  { host, port }: Endpoint,
  flags: ProbeFlags,
  stop$: Observable<unknown>,
  context: ProcessContext,
): Promise<number> => {
  const { stdout, summary$ = NEVER, statistics$ = NEVER, isInteractive = false } = context;
  const print = (line: string): void => void stdout.write(`${line}\n`);
  const { count, interval: intervalMs, size, timeout: timeoutMs, window: windowMs, json, ndjson } = flags;
  const { quiet: isQuiet = false, verbose: isVerbose = false } = flags;
  const isText = !json && !ndjson;
  const transport = transportOf(flags);
  const stats = new ProbeStats();
  let target: Endpoint = { host, port };
  let locals: readonly Endpoint[] = [];
  const live = isInteractive && isText && !isQuiet ? new LiveLine((text) => void stdout.write(text)) : undefined;
  const startMs = monotonicScheduler.now();
  const say = (line: string): void => {
    live?.clear();
    print(flags.timestamps ? `[${(Date.now() / 1000).toFixed(6)}] ${line}` : line);
  };
  const show = (event: ProbeEvent): void => {
    if (ndjson && (event.kind !== 'sent' || isVerbose)) print(JSON.stringify(probeEventJson(event)));
    if (!isText || isQuiet) return;
    const line = probeLine(event, target, { size, timeoutMs, isVerbose });
    if (line !== undefined) say(line);
    live?.draw(event, stats);
  };
  const showWindow = (window: ProbeStats): void => {
    if (ndjson) print(JSON.stringify(windowJson(window)));
    else if (isText) say(windowLine(window));
  };
  const summarize = (): void => {
    live?.clear();
    const asked = { count: count ?? null, intervalMs, size, timeoutMs, flows: flags.flows };
    const document = { target, transport, locals, asked };
    const elapsedMs = monotonicScheduler.now() - startMs;
    if (json) print(JSON.stringify(probeJson(stats, document)));
    else if (ndjson) print(JSON.stringify({ kind: 'summary', ...probeJson(stats, document) }));
    else probeSummary(stats, { target, transport, locals, elapsedMs, intervalMs, isVerbose }).forEach(print);
  };
  const events$ = probeEvents({
    ...optionsFrom({ host, port }, flags),
    stop$,
    onStart: (start) => {
      ({ target, locals } = start);
      const from = locals.map(formatEndpoint).join(', ');
      if (isText) print(`PROBE ${host} (${formatEndpoint(target)}) ${transport}: ${size} bytes from ${from}`);
    },
  }).pipe(
    tap((event) => stats.add(event)),
    share(),
  );
  const windows$ = windowMs === undefined ? NEVER : events$.pipe(statsPerWindow(windowMs, monotonicScheduler));
  const subscriptions = merge(summary$, statistics$).subscribe(summarize);
  subscriptions.add(windows$.subscribe(showWindow));
  try {
    await lastValueFrom(events$.pipe(tap(show)), { defaultValue: undefined });
  } finally {
    subscriptions.unsubscribe();
    live?.clear();
  }
  summarize();
  const exceeded = exceededLimits(stats, flags);
  for (const line of exceeded) warn(context, line);
  return exceeded.length > 0 || (stats.sent > 0 && stats.received === 0) ? exitStatus.lost : exitStatus.ok;
};
