/** The Redis of the examples on plain `node:net`: the same codec and commands. */
import { createServer, type AddressInfo } from 'node:net';
import { execute, Session } from '../../examples/servers/redis';
import { resp } from '../../examples/servers/resp';
import { announce } from './announce';

const NOTHING = Buffer.alloc(0);

const server = createServer({ noDelay: true }, (socket) => {
  const session = new Session();
  let rest: Buffer = NOTHING;
  socket.on('data', (chunk) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const replies: Buffer[] = [];
    let start = 0;
    while (start < bytes.length) {
      const decoded = resp.decode(bytes, start);
      if (decoded === undefined || 'needs' in decoded) break;
      replies.push(execute(decoded.frame, session));
      start = decoded.end;
    }
    rest = bytes.subarray(start);
    if (replies.length > 0) socket.write(replies.length === 1 ? replies[0]! : Buffer.concat(replies));
  });
  socket.on('error', () => undefined);
});

server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
