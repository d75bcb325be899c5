import { spawnSync } from 'node:child_process';
import { itWithNamespaces, network, type Network } from '../support/namespaces';
import { bin, portOf, runtime, start } from '../support/process';

// It is looked for new addresses every five seconds, and here in real time.
jest.setTimeout(60_000);

/** What a client on the other machine prints, in Python. */
const said = ({ on }: Network, script: string): string => {
  const { stdout, stderr } = spawnSync('ip', [...on('client'), 'python3', '-c', script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return stdout.trim() || stderr;
};

/** A client that takes an answer from the address that it asked, and from no other. */
const asking = (host: string, port: number): string => `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
s.connect(('${host}', ${port}))
s.send(b'to ${host}')
print(s.recv(99).decode())`;

/** Asks everybody, then one: the answer that comes first is to the first that was answered. */
const askingAll = (port: number): string => `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.settimeout(3)
for host in ['10.77.0.255', '224.0.0.1', '10.77.0.1']:
  s.sendto(('to ' + host).encode(), (host, ${port}))
print(s.recv(99).decode())`;

const serving = (net: Network, ...words: readonly string[]) =>
  start('ip', [...net.on('server'), runtime, bin, '--udp', '--port', '0', ...words]);

describe('ccecho on a machine with several addresses', () => {
  itWithNamespaces('answers from the address that was asked, and not to a broadcast', async () => {
    using net = network();
    await using server = serving(net);
    const port = await portOf(server.stdout);
    expect(said(net, asking('10.77.0.2', port))).toBe('to 10.77.0.2');
    expect(said(net, asking('10.77.0.1', port))).toBe('to 10.77.0.1');
    expect(said(net, askingAll(port))).toBe('to 10.77.0.1');
    expect(server.stdout.lines).toEqual([`UDP Echo server listening on :${port}`]);
  });

  itWithNamespaces('serves an address that it is given while it runs', async () => {
    using net = network();
    await using server = serving(net);
    const port = await portOf(server.stdout);
    net.add('10.77.0.3');
    await server.stderr.until(/UDP also listens on 10\.77\.0\.3/);
    expect(said(net, asking('10.77.0.3', port))).toBe('to 10.77.0.3');
  });

  itWithNamespaces('answers a broadcast, and from another address, with --udp-wildcard', async () => {
    using net = network();
    await using server = serving(net, '--udp-wildcard');
    const port = await portOf(server.stdout);
    expect(said(net, askingAll(port))).toBe('to 10.77.0.255');
    expect(said(net, asking('10.77.0.2', port))).toMatch(/timed out/);
  });
});
