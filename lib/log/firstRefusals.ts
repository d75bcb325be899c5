import type { DropReason } from '../dropReason';
import { formatEndpoint } from '../endpoint';
import type { EchoEvent } from '../events';
import type { LogLine } from './logEvents';

/** How many are named. Who forges sources has any number of them, and would write the log full. */
const NAMED = 100;

/**
 * A line for the first refusal of a source, and none for those that follow: they are counted. Of one server; after a
 * hundred lines it says that it names no more.
 *
 * @returns A function from each event to its line.
 */
export const firstRefusals = (): ((event: EchoEvent) => LogLine | undefined) => {
  const named = new Set<string>();
  return (event) => {
    if (event.kind !== 'dropped') return undefined;
    const sentence = sentences[event.reason];
    const source = `${event.reason} ${event.remote.host}`;
    if (!sentence || named.size > NAMED || named.has(source)) return undefined;
    named.add(source);
    if (named.size > NAMED) return { level: 'warn', message: noMore, fields: { event: 'refused' } };
    const remote = formatEndpoint(event.remote);
    return {
      level: 'warn',
      message: `${remote} is not answered: ${sentence}`,
      fields: { event: 'refused', transport: 'udp', remote, why: event.reason },
    };
  };
};

const noMore = `${NAMED} sources were refused: further ones are counted, and not named`;

/** What one who is refused by a rule ought to know; other reasons are details. */
const sentences: Readonly<Partial<Record<DropReason, string>>> = {
  'port 0': 'nothing can be sent to port 0',
  'own port': 'it sends from the port that is served here, as another echo server would',
  'reserved port': 'it sends from a port of services, as another server would (see --udp-refuse)',
  'source address': 'no single host can have sent that from there',
};
