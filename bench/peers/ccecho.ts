/**
 * ccecho as a test would start it: the words are `tcp`, `udp` or `both`, the number of pass-through stages, `--retains` where they
 * promise that, and faults.
 * With `both`, it has the command's bound on what is held, and its connections are counted, too: a subscriber of the
 * events, which the others do not pay for.
 */
import { map } from 'rxjs';
import { startEcho, type Echo, type Stage } from '../../lib/index';
import { announce } from './announce';

/** Of `both`: thousands connect at once, and a kernel whose queue is full resets some of them, whoever serves. */
const BACKLOG = 4096;

/** Of `both`: the default of `--max-buffered`. */
const MAX_BUFFERED_BYTES = 256 * 1024 * 1024;

const passThrough: Stage = () => map((bytes) => bytes);
/** The same, with the promise that it keeps no chunk. */
const retainingPassThrough: Stage = Object.assign((() => map((bytes) => bytes)) satisfies Stage, { retains: true });

/** How many connections were opened, and how many of them closed; `failed` is what should never be. */
const countConnections = ({ events }: Echo): Record<'opened' | 'closed' | 'failed', number> => {
  const counts = { opened: 0, closed: 0, failed: 0 };
  events.subscribe((event) => {
    if (event.kind === 'failed' || (event.kind === 'closed' && event.reason === 'failed')) counts.failed += 1;
    if (event.kind !== 'opened' && event.kind !== 'closed') return;
    if (event.peer.transport === 'tcp') counts[event.kind] += 1;
  });
  return counts;
};

const main = async (): Promise<void> => {
  const [transport, passes = '0', ...words] = process.argv.slice(2);
  const faults = words.filter((word) => word !== '--retains');
  const pass = words.includes('--retains') ? retainingPassThrough : passThrough;
  const stages = [...Array.from({ length: Number(passes) }, () => pass), ...faults];
  const staged = stages.length > 0;
  const both = transport === 'both';
  const options = both
    ? { tcp: true, udp: true, backlog: BACKLOG, maxBufferedBytes: MAX_BUFFERED_BYTES }
    : { udp: transport === 'udp' };
  const echo = await startEcho({ ...options, graceMs: 60_000, ...(staged ? { stages } : {}) });
  const connections = both ? { connections: countConnections(echo) } : {};
  announce(echo.port, () => ({ counts: { ...(staged ? echo.faults.counts() : {}), ...connections } }));
  process.on('message', (ask: string) => {
    if (ask === 'stop') void echo.stop().then((report) => process.send?.({ report }, () => process.exit()));
  });
};

void main();
