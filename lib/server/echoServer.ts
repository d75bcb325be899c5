import type { Observable } from 'rxjs';
import { assertKeys } from '../assertKeys';
import type { EchoEvent } from '../events';
import { omitUndefined } from '../omitUndefined';
import { ReflectionGuard } from '../udp/filter/reflectionGuard';
import { echoConnections } from './echo/echoConnections';
import { echoDatagrams } from './echo/echoDatagrams';
import { echoFlows } from './echo/echoFlows';
import { echoServerKeys, type EchoServerOptions } from './serverOptions';
import type { Pipelines } from './run/pipelines';
import { runServer } from './run/runServer';

/**
 * Serves an echo as a cold Observable of events.
 *
 * ```text
 * requests$     ------------s-------       a signal to stop
 * echoServer    -l-o--c-o---t--c(r|)       listening, opened, closed, stopping, stopped with the report
 * ```
 *
 * It binds when subscribed, and completes when it has stopped; the last event is the report. Errors with
 * `ERR_ECHO_LISTEN` when an address cannot be bound; nothing is bound then. Unsubscribing aborts everything.
 *
 * @throws `ERR_ECHO_OPTION` for an invalid option.
 */
export const echoServer = (options: EchoServerOptions): Observable<EchoEvent> => {
  assertKeys('echoServer', options, echoServerKeys);
  return runServer(options, echoPipelines(options));
};

/** With stages, each UDP peer is a flow. Without stages, datagrams take a shorter path. */
const echoPipelines = (options: EchoServerOptions): Pipelines => {
  const { ignoreSourcePorts, loopThreshold, scheduler, answered: emitsAnswered = false } = options;
  const hasStages = options.faults !== undefined || options.stages !== undefined;
  const guard = new ReflectionGuard({
    ...omitUndefined({ ignoreSourcePorts, loopThreshold, scheduler }),
    sendsBack: !hasStages,
  });
  return {
    reuseReadBuffer: true,
    connections: echoConnections,
    datagrams: hasStages
      ? (controls) => echoFlows({ ...controls, guard })
      : (controls) => echoDatagrams({ ...controls, guard, ...(!emitsAnswered && { eventOf: noEvent }) }),
  };
};

const noEvent = (): undefined => undefined;
