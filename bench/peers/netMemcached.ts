/** `get` and `set` of the Memcached of the examples, on plain `node:net`. */
import { createServer, type AddressInfo } from 'node:net';
import { Lru } from '../../examples/servers/lru';
import { announce } from './announce';

const items = new Lru(64 * 1024 * 1024);
const [NOTHING, CRLF, END, STORED] = ['', '\r\n', 'END\r\n', 'STORED\r\n'].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];
let cas = 0;

const get = (keys: readonly string[]): Buffer => {
  const found = keys.flatMap((key) => {
    const item = items.get(key);
    return item ? [Buffer.from(`VALUE ${key} ${item.flags} ${item.value.length}\r\n`, 'latin1'), item.value, CRLF] : [];
  });
  return Buffer.concat([...found, END]);
};

const server = createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = NOTHING;
  socket.on('data', (chunk) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const replies: Buffer[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf('\r\n', start, 'latin1');
      if (end < 0) break;
      const [command, ...words] = bytes.toString('latin1', start, end).split(' ');
      if (command === 'set') {
        const [key = '', flags = '', , size] = words;
        const valueEnd = end + 2 + Number(size);
        if (bytes.length < valueEnd + 2) break;
        cas += 1;
        items.set(key, { flags, cas, expiresS: Infinity, value: Buffer.from(bytes.subarray(end + 2, valueEnd)) });
        replies.push(STORED);
        start = valueEnd + 2;
      } else {
        replies.push(
          command === 'get' ? get(words) : Buffer.from(command === 'version' ? 'VERSION 1.6.0\r\n' : 'OK\r\n'),
        );
        start = end + 2;
      }
    }
    rest = bytes.subarray(start);
    if (replies.length > 0) socket.write(replies.length === 1 ? replies[0]! : Buffer.concat(replies));
  });
  socket.on('error', () => undefined);
});

server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
