/** The server of a benchmark, in a process of its own: `fork`ed with its stages, it says its port, and its CPU when asked. */
import { identity } from 'rxjs';
import { startEcho, type Stage } from '../lib';

const passThrough: Stage = () => identity;

const main = async (): Promise<void> => {
  const [passes = '0', ...faults] = process.argv.slice(2);
  const stages = [...Array.from({ length: Number(passes) }, () => passThrough), ...faults];
  const echo = await startEcho(stages.length > 0 ? { stages, graceMs: 60_000 } : { graceMs: 60_000 });
  process.send?.({ port: echo.port });
  process.on('message', (ask: string) => {
    if (ask === 'usage') {
      const { user, system } = process.cpuUsage();
      process.send?.({
        cpuUs: user + system,
        rssBytes: process.memoryUsage().rss,
        counts: stages.length > 0 ? echo.faults.counts() : {},
      });
    }
    if (ask === 'stop') void echo.stop().then((report) => process.send?.({ report }, () => process.exit()));
  });
};

void main();
