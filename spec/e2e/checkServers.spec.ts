import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckResult } from '../../lib/measure/check/checkCase';
import { itWithNamespacesAnd, network } from '../support/namespaces';
import { hasProgram } from '../support/installed';
import { bin, runtime, start } from '../support/process';

// The cases of a server that does not answer take their time, and all servers are checked at once.
jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'servers-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const inetd = file('inetd.conf', 'echo stream tcp nowait root internal\necho dgram udp wait root internal\n');
const service = (type: string, protocol: string, wait: string): string => `service echo
{
  type = INTERNAL UNLISTED
  id = echo-${type}
  socket_type = ${type}
  protocol = ${protocol}
  port = 7
  user = root
  wait = ${wait}
}
`;
const xinetd = file('xinetd.conf', service('stream', 'tcp', 'no') + service('dgram', 'udp', 'yes'));

type Case = readonly [verdict: string, explanation: string];

/** Runs a server at port 7 of a machine of its own, and checks it from another: what is not ok, by its case. */
const checked = async (
  transport: 'tcp' | 'udp',
  [program, ...args]: readonly [string, ...string[]],
  host = '10.77.0.1',
): Promise<Record<string, Case>> => {
  using net = network();
  await using server = start('ip', [...net.on('server'), program, ...args]);
  while (
    spawnSync('ip', [...net.on('server'), 'grep', '-qs', ':0007 ', `/proc/net/${transport}`, `/proc/net/${transport}6`])
      .status !== 0
  ) {
    if (server.child.exitCode !== null) throw new Error(server.stderr.text);
    await start('true', []).ended;
  }
  const machine = host.startsWith('127.') ? 'server' : 'client';
  const words = [...net.on(machine), runtime, bin, 'check', `-${transport}`, host, '--json'];
  await using client = start('ip', words);
  await client.ended;
  spawnSync('sh', ['-c', `ip netns pids ${net.on('server')[2]} | xargs -r kill -9`]);
  const { results, silent } = JSON.parse(client.stdout.text) as { results: CheckResult[]; silent: string[] };
  const wrong = results.filter(({ verdict }) => verdict !== 'ok');
  return Object.fromEntries([
    ...wrong.map(({ name, verdict, detail, cause }) => [name, [verdict, [detail, cause].filter(Boolean).join('; ')]]),
    ...silent.map((reason) => ['silent', ['silent', reason]]),
  ]) as Record<string, Case>;
};

const truncated = (bytes: number, cause: string): Case => ['failed', `truncated to ${bytes} bytes; ${cause}`];
const BY_8192 = truncated(8192, 'socat, ncat, inetutils inetd, Python socketserver');
const BY_4096 = truncated(4096, 'the inetds of the BSDs, busybox');
const EMPTY: Case = ['failed', 'no answer; ignores empty datagrams: socat, ncat'];

const socketserver = `
import socketserver
class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)
class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(data, self.client_address)
import threading
socketserver.ThreadingTCPServer.request_queue_size = 100
tcp = socketserver.ThreadingTCPServer(('', 7), Stream)
threading.Thread(target=tcp.serve_forever).start()
socketserver.ThreadingUDPServer(('', 7), Datagram).serve_forever()`;

interface Server {
  readonly title: string;
  readonly transport: 'tcp' | 'udp';
  readonly command: readonly [program: string, ...args: string[]];
  /** What is not ok. */
  readonly wrong: unknown;
  readonly host?: string;
}

const NO_FIRST: Case = ['failed', 'no answer; answers only its first client (nc -u -l), or none'];
const REFUSED: Case = ['failed', 'the connection is refused; answers only its first client: nc -l without -k'];

/** The servers that people have, and what is known to be wrong with them. */
const servers: readonly Server[] = [
  { title: 'xinetd', transport: 'tcp', command: ['xinetd', '-f', xinetd, '-dontfork'], wrong: {} },
  {
    title: 'xinetd',
    transport: 'udp',
    command: ['xinetd', '-f', xinetd, '-dontfork'],
    // How many of a burst it answers depends on luck.
    wrong: expect.objectContaining({ '2049 B': truncated(2048, 'xinetd'), '65507 B': truncated(2048, 'xinetd') }),
  },
  { title: 'OpenBSD inetd', transport: 'tcp', command: ['openbsd-inetd', '-d', '-i', inetd], wrong: {} },
  {
    title: 'OpenBSD inetd',
    transport: 'udp',
    command: ['openbsd-inetd', '-d', '-i', inetd],
    wrong: { '4097 B': BY_4096, '8192 B': BY_4096, '8193 B': BY_4096, '65507 B': BY_4096 },
  },
  {
    title: 'OpenBSD inetd at loopback',
    transport: 'udp',
    command: ['openbsd-inetd', '-d', '-i', inetd],
    wrong: { silent: ['silent', 'udp: no answer; OpenBSD inetd does not answer 127.0.0.0/8'] },
    host: '127.0.0.1',
  },
  { title: 'GNU inetd', transport: 'tcp', command: ['inetutils-inetd', '-d', inetd], wrong: {} },
  {
    title: 'GNU inetd',
    transport: 'udp',
    command: ['inetutils-inetd', '-d', inetd],
    wrong: { '8193 B': BY_8192, '65507 B': BY_8192 },
  },
  { title: 'Python socketserver', transport: 'tcp', command: ['python3', '-c', socketserver], wrong: {} },
  {
    title: 'Python socketserver',
    transport: 'udp',
    command: ['python3', '-c', socketserver],
    wrong: { '8193 B': BY_8192, '65507 B': BY_8192 },
  },
  {
    title: 'socat TCP-LISTEN EXEC:cat',
    transport: 'tcp',
    command: ['socat', 'TCP-LISTEN:7,fork,reuseaddr', 'EXEC:cat'],
    wrong: {},
  },
  {
    title: 'socat UDP-LISTEN PIPE',
    transport: 'udp',
    command: ['socat', 'UDP-LISTEN:7,fork', 'PIPE'],
    // It merges datagrams or not, as they come.
    wrong: expect.objectContaining({ '8193 B': BY_8192, '65507 B': BY_8192, '0 B': EMPTY }),
  },
  {
    title: 'socat UDP-RECVFROM PIPE',
    transport: 'udp',
    command: ['socat', 'UDP-RECVFROM:7,fork', 'PIPE'],
    wrong: { '8193 B': BY_8192, '65507 B': BY_8192, '0 B': EMPTY },
  },
  {
    title: 'socat -b65536 UDP-RECVFROM EXEC:cat',
    transport: 'udp',
    command: ['socat', '-b65536', 'UDP-RECVFROM:7,fork', 'EXEC:cat'],
    wrong: { '0 B': EMPTY },
  },
  {
    title: 'ncat -e cat',
    transport: 'udp',
    command: ['ncat', '-u', '-l', '-k', '-p', '7', '-e', '/bin/cat'],
    wrong: expect.objectContaining({ '8193 B': BY_8192, '0 B': EMPTY }),
  },
  {
    title: 'nc.traditional -e cat',
    transport: 'tcp',
    command: ['nc.traditional', '-l', '-p', '7', '-e', '/bin/cat'],
    wrong: expect.objectContaining({ '1 B': REFUSED, '64 KiB': REFUSED }),
  },
  {
    title: 'nc.traditional -u -e cat',
    transport: 'udp',
    command: ['nc.traditional', '-u', '-l', '-p', '7', '-e', '/bin/cat'],
    wrong: expect.objectContaining({ '1 B': NO_FIRST, '8192 B': NO_FIRST }),
  },
];

describe('ccecho check', () => {
  /** Each server has machines of its own, so that all are checked at once. */
  const runs = new Map<Server, ReturnType<typeof checked>>();
  const wrongWith = (server: Server): ReturnType<typeof checked> => {
    if (runs.size === 0) {
      for (const each of servers.filter(({ command: [program] }) => hasProgram(program))) {
        const run = checked(each.transport, each.command, each.host);
        run.catch(() => undefined);
        runs.set(each, run);
      }
    }
    return runs.get(server)!;
  };

  afterAll(async () => {
    await Promise.allSettled(runs.values());
    rmSync(folder, { recursive: true });
  });

  for (const server of servers) {
    itWithNamespacesAnd(server.command[0])(
      `finds what is wrong with ${server.title} over ${server.transport}`,
      async () => {
        expect(await wrongWith(server)).toEqual(server.wrong);
      },
    );
  }

  itWithNamespacesAnd('ncat')('finds what ncat -e cat loses over tcp', async () => {
    // Which half-close it breaks depends on how fast it is.
    const wrong = await checked('tcp', ['ncat', '-l', '-k', '-p', '7', '-e', '/bin/cat']);
    expect(Object.keys(wrong).filter((name) => name.includes('half-close'))).not.toEqual([]);
  });
});
