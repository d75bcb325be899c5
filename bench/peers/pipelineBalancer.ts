/** A balancer by `stream.pipeline`, round robin over the ports of this machine that are given. */
import { connect, createServer, type AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { announce } from './announce';

const ports = process.argv.slice(2).map(Number);
let turns = 0;

const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
  const backend = connect({
    port: ports[turns++ % ports.length]!,
    host: '127.0.0.1',
    allowHalfOpen: true,
    noDelay: true,
  });
  pipeline(client, backend, () => undefined);
  pipeline(backend, client, () => undefined);
  client.resume();
});

server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
