/** ccecho as a test would start it: the words are the number of pass-through stages, and faults. */
import { map } from 'rxjs';
import { startEcho, type Stage } from '../../lib';
import { announce } from './announce';

const passThrough: Stage = () => map((bytes) => bytes);

const main = async (): Promise<void> => {
  const [transport, passes = '0', ...faults] = process.argv.slice(2);
  const stages = [...Array.from({ length: Number(passes) }, () => passThrough), ...faults];
  const staged = stages.length > 0;
  const echo = await startEcho({ udp: transport === 'udp', graceMs: 60_000, ...(staged ? { stages } : {}) });
  announce(echo.port, () => ({ counts: staged ? echo.faults.counts() : {} }));
  process.on('message', (ask: string) => {
    if (ask === 'stop') void echo.stop().then((report) => process.send?.({ report }, () => process.exit()));
  });
};

void main();
