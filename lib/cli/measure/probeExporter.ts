import {
  finalize,
  ignoreElements,
  lastValueFrom,
  merge,
  retry,
  switchMap,
  takeUntil,
  tap,
  timer,
  type Observable,
} from 'rxjs';
import { formatEndpoint, type Endpoint } from '../../endpoint';
import { EchoError } from '../../errors';
import { probeEvents, type ProbeOptions } from '../../measure/probe/probe';
import type { ProbeEvent } from '../../measure/probe/probeEvent';
import { metricsServer } from '../../metrics/metricsServer';
import { probeMetrics } from '../../metrics/probeMetrics';
import { monotonicScheduler } from '../../monotonicScheduler';

/** The wait before a target is resolved or connected to again. */
const RETRY_MS = 10_000;

export interface ExporterOptions {
  /** Each with the name by which its metrics are labelled. */
  readonly targets: readonly { readonly label: string; readonly options: ProbeOptions }[];
  readonly at: Endpoint;
  readonly stop$: Observable<unknown>;
  readonly print: (line: string) => void;
  /** Called with what a person should know: a target that fails. */
  readonly warn: (line: string) => void;
}

/**
 * Probes targets until `stop$`, and serves their metrics. Their starts are spread over the interval, so that they do not send
 * at once. A target that fails is tried again and does not end the others.
 *
 * Rejects with `ERR_ECHO_LISTEN`.
 */
export const probeExporter = async ({ targets, at, stop$, print, warn }: ExporterOptions): Promise<void> => {
  const metrics = probeMetrics();
  const { registry } = metrics;
  const server = await metricsServer(at, {
    contentType: registry.contentType,
    metrics: () => registry.metrics(),
    isReady: () => true,
  });
  print(`metrics of ${targets.length} targets on http://${formatEndpoint(server.local)}/metrics`);
  const runs = targets.map(({ label, options }, index) => {
    const { transport = 'udp', intervalMs = 1000 } = options;
    const count = metrics.follow(label, transport);
    const offsetMs = (index * intervalMs) / targets.length;
    let isFailing = false;
    const run$ = forever(
      options,
      (event) => {
        count(event);
        if (event.kind === 'sent') isFailing = false;
      },
      (message) => {
        metrics.countFailure(label, transport);
        if (!isFailing) warn(`${label}: ${message}; trying again every ${RETRY_MS / 1000} s`);
        isFailing = true;
      },
    );
    return timer(offsetMs, monotonicScheduler).pipe(switchMap(() => run$));
  });
  await lastValueFrom(
    merge(...runs).pipe(
      takeUntil(stop$),
      finalize(() => server.close()),
    ),
    { defaultValue: undefined },
  );
};

const forever = (
  options: ProbeOptions,
  count: (event: ProbeEvent) => void,
  fail: (message: string) => void,
): Observable<never> =>
  probeEvents(options).pipe(
    tap(count),
    retry({
      delay: (error: unknown) => {
        if (!(error instanceof EchoError) || error.code !== 'ERR_ECHO_CONNECTION') throw error;
        fail(error.message);
        return timer(RETRY_MS, monotonicScheduler);
      },
    }),
    ignoreElements(),
  );
