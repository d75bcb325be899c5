/** Ten lines: an echo server with an operator of your own between the source and the sink. */
import { startEcho, type Stage } from 'ccecho';
import { once } from 'node:events';
import { connect } from 'node:net';
import { map } from 'rxjs';

const shout: Stage = () => map((bytes) => Buffer.from(bytes.toString().toUpperCase()));

async function main(): Promise<void> {
  const echo = await startEcho({ stages: [shout] });
  const client = connect(echo.port, '127.0.0.1').end('hello');
  const [answer] = (await once(client, 'data')) as [Buffer];
  console.log(String(answer)); // HELLO
  console.log(await echo.stop()); // { connectionsDrained: …, connectionsAborted: 0, bytesPending: 0, datagramsLost: 0 }
}

void main();
