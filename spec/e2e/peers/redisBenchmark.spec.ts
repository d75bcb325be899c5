import { installed } from '../../support/installed';
import { ccecho, start } from '../../support/process';

jest.setTimeout(30_000);

describe('redis-benchmark', () => {
  installed('redis-benchmark', '--version')(
    'takes the echo of its pings for replies, 2000 times on 50 connections',
    async () => {
      await using server = ccecho();
      const words = ['-p', `${await server.port()}`, '-t', 'ping_mbulk', '-n', '2000', '-q'];
      await using benchmark = start('redis-benchmark', words);
      expect(await benchmark.ended).toBe(0);
      expect(benchmark.stdout.text).toMatch(/PING_MBULK: [\d.]+ requests per second/);
      expect(await server.stop()).toBe(0);
      expect(server.stdout.text.match(/disconnected/g)).toHaveLength(server.stdout.text.match(/Accepted/g)!.length);
    },
  );
});
