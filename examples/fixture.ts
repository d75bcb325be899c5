/**
 * An echo server as a fixture: `startEcho` listens on 127.0.0.1 and a free port, prints nothing and handles no signals.
 * The same three lines do in jest: `beforeAll`, `afterAll`, `test`.
 */
import { startEcho, type Echo } from 'ccecho';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';

let echo: Echo;

before(async () => {
  echo = await startEcho();
});

after(() => echo.stop());

void test('what was sent comes back', async () => {
  const client = connect(echo.port, '127.0.0.1').end('hello');
  assert.equal(await text(client), 'hello');
});
