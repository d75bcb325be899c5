import fc from 'fast-check';
import { once } from 'node:events';
import { connect } from 'node:net';
import { of } from 'rxjs';
import { run } from '../../lib/cli/run';
import { ConfigFile } from '../support/configFile';
import { ccecho, Transcript, type RunningServer } from '../support/process';
import { client, read } from '../support/socket';
import { udpClient } from '../support/udp';

jest.setTimeout(60_000);

/** Names of options, so that not every key is unknown; without those that write files or open addresses. */
const keys = ['port', 'host', 'udp', 'grace', 'log-level', 'fault', 'dump', 'seed', 'max-buffered', 'idle-timeout'];
const key = fc.oneof(fc.constantFrom(...keys), fc.string());
const value = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom('10s', '127.0.0.1', 'latency=1ms', 7, true));

/** How the command ends that was told to stop before it began. */
const statusOf = async (words: string[], env: Record<string, string> = {}): Promise<[number, string]> => {
  const [stdout, stderr] = [new Transcript(), new Transcript()];
  const status = await run(words, { stdout, stderr, signal$: of('stop'), env });
  return [status, stderr.text];
};

/** Refused in one line, or nothing at all was wrong. */
const isSane = ([status, stderr]: [number, string]): void => {
  expect([0, 2]).toContain(status);
  if (status === 2) expect(stderr).toMatch(/^ccecho: [^\n]+\n$/);
};

describe('random bytes', () => {
  it('as a configuration file end with 0 or 2, and one line', async () => {
    using file = new ConfigFile('');
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.dictionary(key, value)), async (content) => {
        file.write(content);
        isSane(await statusOf(['config', '--config', file.path]));
      }),
      { numRuns: 300 },
    );
  });

  it('as a configuration that a server is started with end with 0 or 2', async () => {
    using file = new ConfigFile('');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 2 }), async (content) => {
        file.write(content);
        isSane(await statusOf(['--config', file.path, '--host', '127.0.0.1', '--port', '0', '--log-level', 'silent']));
      }),
      { numRuns: 100 },
    );
  });

  it('as variables and as arguments end with 0 or 2', async () => {
    const name = fc.constantFrom(...keys).map((each) => `CCECHO_${each.toUpperCase().replaceAll('-', '_')}`);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.string()), fc.array(fc.string()), async (env, words) => {
        isSane(await statusOf(['config'], env));
        isSane(await statusOf(['config', ...words]));
      }),
      { numRuns: 200 },
    );
  });

  describe('to a running server', () => {
    let server: RunningServer;
    beforeAll(() => {
      server = ccecho([
        '--host',
        '127.0.0.1',
        '-tcp',
        '-udp',
        '--metrics',
        '0',
        '--fault',
        'corrupt=10%',
        '--seed',
        '1',
      ]);
    });
    afterAll(async () => {
      expect(await server.stop()).toBe(0);
      expect(server.stderr.text).not.toContain('a bug in ccecho');
      await server[Symbol.asyncDispose]();
    });

    /** Somebody who is not random is served. */
    const isServing = async (): Promise<void> => {
      const socket = await client(await server.port());
      socket.end('hello');
      expect(await read(socket, 5)).toHaveLength(5);
      socket.destroy();
    };

    /** Writes, then ends or resets, and waits until it is over. */
    const visit = async (port: number, chunks: readonly Uint8Array[], resets: boolean): Promise<void> => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      for (const chunk of chunks) socket.write(chunk);
      if (resets) socket.resetAndDestroy();
      else socket.resume().end();
      await once(socket, 'close');
    };

    const chunks = fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 5 });

    it('as connections never end it', async () => {
      const port = await server.port();
      await fc.assert(
        fc.asyncProperty(chunks, fc.boolean(), (written, resets) => visit(port, written, resets)),
        { numRuns: 200 },
      );
      await isServing();
    });

    it('as datagrams never end it', async () => {
      await using peer = await udpClient(await server.port());
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (data) => {
          peer.send(data);
          expect(await peer.next()).toHaveLength(data.length);
        }),
        { numRuns: 300 },
      );
      await isServing();
    });

    it('as requests for metrics never end it', async () => {
      const [, port] = await server.stderr.until(/metrics on http:\/\/127\.0\.0\.1:(\d+)/);
      const request = fc.tuple(fc.constantFrom('', 'GET ', 'GET /metrics HTTP/1.1\r\n'), fc.uint8Array());
      await fc.assert(
        fc.asyncProperty(request, fc.boolean(), ([head, rest], resets) =>
          visit(Number(port), [Buffer.from(head), rest], resets),
        ),
        { numRuns: 100 },
      );
      expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
    });
  });
});
