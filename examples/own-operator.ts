/**
 * Your own operator between the source and the sink: a stage is a function that is called once for each connection,
 * with what it may know, and returns an operator from Buffer to Buffer. A synchronous one needs nothing else; an
 * asynchronous one goes into `perChunk` or `pulled`.
 */
import { startEcho, type Stage } from 'ccecho';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { defer, finalize, map, tap } from 'rxjs';

const rot13 = (letter: string): string => {
  const code = letter.charCodeAt(0);
  return String.fromCharCode((code & 31) > 13 ? code - 13 : code + 13);
};

/** What treats each byte by itself may be cut anywhere. latin1: one character is one byte. */
const enciphered: Stage = () =>
  map((bytes) => Buffer.from(bytes.toString('latin1').replace(/[a-z]/gi, rot13), 'latin1'));

/** With state of its own for each connection: `defer`. What it logs comes out of `echo.events`. */
const measured: Stage = (context) => (bytes$) =>
  defer(() => {
    let total = 0;
    return bytes$.pipe(
      tap((bytes) => (total += bytes.byteLength)),
      finalize(() => context.log(`${total} bytes passed`)),
    );
  });

const main = async (): Promise<void> => {
  const echo = await startEcho({ stages: [enciphered, measured] });
  echo.events.subscribe((event) => {
    if (event.kind === 'log') console.log(`noted: ${event.message}`);
  });

  const client = connect(echo.port, '127.0.0.1').end('Why did the chicken cross the road?');
  console.log(`answer: ${await text(client)}`);
  await echo.stop();
};

void main();
