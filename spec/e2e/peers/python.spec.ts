import { installed } from '../../support/installed';
import { ccecho, start, type Running } from '../../support/process';

jest.setTimeout(30_000);

/** Node 20 takes some resets for an end: what reaches the wire is asked of a client that is not Node. */
const withPython = installed('python3', '--version', /Python 3/);

const python = (port: number, script: string): Running =>
  start('python3', ['-c', `import os, socket, struct, sys, threading\nport = ${port}\n${script}`]);

const CONNECT = `
s = socket.create_connection(('127.0.0.1', port))
def read(length):
    data = b''
    while len(data) < length:
        piece = s.recv(65536)
        if not piece: break
        data += piece
    return data
def end():
    try: return 'FIN' if s.recv(1) == b'' else 'more bytes'
    except ConnectionResetError: return 'RST'
def say(*words): print(*words, flush=True)
`;

describe('a client in Python', () => {
  withPython('that sends 4 MiB, ends its side and only then reads gets 4 MiB and FIN', async () => {
    await using server = ccecho();
    await using client = python(
      await server.port(),
      `${CONNECT}
sent = os.urandom(4 * 1024 * 1024)
s.sendall(sent)
s.shutdown(socket.SHUT_WR)
back = read(len(sent))
say(back == sent, end())
`,
    );
    expect(await client.ended).toBe(0);
    expect(client.stdout.text).toBe('True FIN\n');
    await server.stdout.until(/disconnected/);
    expect(await server.stop()).toBe(0);
  });

  withPython(
    'that sends urgent data gets back everything else, because it is not part of the byte stream',
    async () => {
      await using server = ccecho();
      await using client = python(
        await server.port(),
        `${CONNECT}
s.sendall(b'abc')
s.send(b'X', socket.MSG_OOB)
s.sendall(b'def')
s.shutdown(socket.SHUT_WR)
say(read(7).decode())
`,
      );
      expect(await client.ended).toBe(0);
      expect(client.stdout.text).toBe('abcdef\n');
      expect(await server.stop()).toBe(0);
    },
  );

  withPython('that resets its connection ends alone, and the server serves the next', async () => {
    await using server = ccecho(['--log-format', 'json']);
    await using client = python(
      await server.port(),
      `${CONNECT}
s.sendall(b'hello')
read(5)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
s.close()
s = socket.create_connection(('127.0.0.1', port))
s.sendall(b'again')
s.shutdown(socket.SHUT_WR)
say(read(5).decode(), end())
`,
    );
    expect(await client.ended).toBe(0);
    expect(client.stdout.text).toBe('again FIN\n');
    await server.stdout.until(/(closed[^]*){2}\n/);
    expect(await server.stop()).toBe(0);
    const closed = server.stdout.lines.flatMap((line) => /"reason":"([^"]*)"/.exec(line)?.[1] ?? []);
    expect(closed.sort()).toEqual(['ended', 'reset by peer']);
  });

  withPython('that idles sees FIN and not RST at the stop', async () => {
    await using server = ccecho();
    await using client = python(await server.port(), `${CONNECT}s.sendall(b'hello')\nsay(read(5))\nsay(end())`);
    await client.stdout.until(/hello/);
    expect(await server.stop()).toBe(0);
    expect(await client.ended).toBe(0);
    expect(client.stdout.lines.at(-1)).toBe('FIN');
  });

  withPython('that was sending all the time reads a prefix of it and then FIN at the stop', async () => {
    await using server = ccecho();
    await using client = python(
      await server.port(),
      `${CONNECT}
going = True
def send():
    try:
        at = 0
        while going:
            piece = b''.join((at + i).to_bytes(8, 'big') for i in range(1024))
            s.sendall(piece)
            at += 1024
    except OSError: pass
sender = threading.Thread(target=send)
sender.start()
back = read(1024 * 1024)
say('going')
try:
    while True:
        piece = s.recv(65536)
        if not piece: break
        back += piece
    how = 'FIN'
except ConnectionResetError: how = 'RST'
going = False
s.close()
sender.join()
whole = len(back) // 8
say(all(back[i * 8:i * 8 + 8] == i.to_bytes(8, 'big') for i in range(whole)), how)
`,
    );
    await client.stdout.until(/going/);
    expect(await server.stop()).toBe(0);
    expect(await client.ended).toBe(0);
    expect(client.stdout.lines.at(-1)).toBe('True FIN');
  });

  withPython('that reads its pending bytes late gets all of them and then FIN at the stop', async () => {
    await using server = ccecho();
    await using client = python(
      await server.port(),
      `${CONNECT}
sent = os.urandom(1024 * 1024)
s.sendall(sent)
say('sent')
sys.stdin.readline()
say(read(len(sent)) == sent, end())
`,
    );
    await client.stdout.until(/sent/);
    const stopped = server.stop();
    client.child.stdin.write('read now\n');
    expect(await client.ended).toBe(0);
    expect(client.stdout.lines.at(-1)).toBe('True FIN');
    expect(await stopped).toBe(0);
  });

  withPython('that sends datagrams gets each back whole, the empty one too', async () => {
    await using server = ccecho(['--udp']);
    await using client = python(
      await server.port(),
      `
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('127.0.0.1', port))
s.settimeout(10)
for length in (0, 1, 1472, 65507, 0):
    sent = os.urandom(length)
    s.send(sent)
    print(length, s.recv(65535) == sent, flush=True)
`,
    );
    expect(await client.ended).toBe(0);
    expect(client.stdout.lines).toEqual(['0 True', '1 True', '1472 True', '65507 True', '0 True']);
    expect(await server.stop()).toBe(0);
  });
});
