import { installPacked } from '../support/packed';

// npm and the compiler take their time on a busy machine.
jest.setTimeout(60_000);

/** The oldest RxJS that the package says it runs with. */
const OLDEST = '7.5.5';

describe(`beside RxJS ${OLDEST}`, () => {
  const consumer = installPacked(`rxjs@${OLDEST}`);
  const { write, output, it: itInstalled } = consumer;
  afterAll(consumer.remove);

  itInstalled('is installed with that one alone', async () => {
    const installed = JSON.parse(await output('npm', 'ls', 'rxjs', '--all', '--json')) as {
      dependencies: Record<string, { version?: string; dependencies?: Record<string, { version?: string }> }>;
    };
    const ours = installed.dependencies['ccecho']?.dependencies?.['rxjs'];
    expect([installed.dependencies['rxjs']?.version, ours?.version]).toEqual([OLDEST, OLDEST]);
  });

  itInstalled('compiles', async () => {
    const source = [
      "import { frames, relay, serve, startEcho, tcpClient, type Handler, type Stage } from 'ccecho';",
      "import { map, mergeMap } from 'rxjs';",
      'const shout: Stage = () => map((bytes) => Buffer.from(bytes.toString().toUpperCase()));',
      "const toServer: Handler = (client) => tcpClient({ host: '::1', port: 7 }).pipe(mergeMap((server) => relay(client, server)));",
      'export const all = [startEcho({ stages: [shout] }), serve(toServer, { port: 0 }), frames];',
    ];
    const files = [write('oldest.cts', ...source), write('oldest.mts', ...source)];
    expect(await consumer.complaints(...files)).toBe('');
  });

  itInstalled('takes our subscribers as they are, with no subscriber of its own around them', async () => {
    const script = write(
      'subscriber.cjs',
      "const { Observable } = require('rxjs');",
      "const { join } = require('node:path');",
      "const { LightSubscriber } = require(join(__dirname, 'node_modules/ccecho/dist/lib/streams/lightSubscriber.js'));",
      'class Probe extends LightSubscriber { next() {} error() {} complete() {} }',
      'const probe = new Probe();',
      'let given;',
      'const subscription = new Observable((subscriber) => { given = subscriber; }).subscribe(probe);',
      'console.log(given === probe, subscription === probe);',
    );
    expect(await output(process.execPath, script)).toBe('true true\n');
  });

  itInstalled('echoes through stages, and stops', async () => {
    const script = write(
      'echo.mjs',
      "import { startEcho, latency, tcpClient } from 'ccecho';",
      "import { firstValueFrom, map, of } from 'rxjs';",
      'const shout = () => map((bytes) => Buffer.from(bytes.toString().toUpperCase()));',
      'const echo = await startEcho({ stages: [latency({ delayMs: 5 }), shout] });',
      "const client = await firstValueFrom(tcpClient({ host: '127.0.0.1', port: echo.port }));",
      "of(Buffer.from('hello')).pipe(client.writes()).subscribe();",
      'for await (const bytes of client.bytes) console.log(String(bytes));',
      'console.log((await echo.stop()).bytesPending);',
    );
    expect(await output(process.execPath, script)).toBe('HELLO\n0\n');
  });
});
