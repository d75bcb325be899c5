import { defer, last, map, tap, type OperatorFunction } from 'rxjs';
import type { EchoEvent } from '../events';
import { exitStatus } from './exitStatus';

/** The exit status of a server, from its events. */
export const statusOf = ({ once }: { readonly once: boolean }): OperatorFunction<EchoEvent, number> => {
  return (events$) =>
    defer(() => {
      // A server ends because it was told to, or by `--once`; else because no listener was left.
      let asked = once;
      return events$.pipe(
        tap(({ kind }) => (asked ||= kind === 'stopping')),
        last(),
        map((event) => {
          if (event.kind !== 'stopped') return exitStatus.bug;
          const { connectionsCut, datagramsLost } = event.report;
          if (connectionsCut > 0 || datagramsLost > 0) return exitStatus.lost;
          return asked ? exitStatus.ok : exitStatus.cannotListen;
        }),
      );
    });
};
