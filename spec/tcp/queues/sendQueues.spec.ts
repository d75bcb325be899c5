import { firstValueFrom, of } from 'rxjs';
import { sendQueues, type Ends } from '../../../lib/tcp/queues/sendQueues';
import { listenTcp } from '../../../lib/tcp/tcpListener';
import { itOnLinux, itWithIpv6 } from '../../support/installed';
import { client, read } from '../../support/socket';
import { written } from '../../support/written';

const LARGE = 8 * 1024 * 1024;

const ends = (local: string, remote: string): Ends => {
  const endpoint = (text: string) => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
  };
  return { local: endpoint(local), remote: endpoint(remote) };
};

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode              \n';
const REST = ' 00:00000000 00000000     0        0 1145 1 00000000e5e4c528 100 0 0 10 0                      \n';
/** Tables as a little-endian Linux shows them. */
const tables: Readonly<Record<string, string>> = {
  '/proc/self/net/tcp': [
    HEAD,
    `   0: 0100007F:0007 00000000:0000 0A 00000000:00000000${REST}`,
    `   1: 0100007F:0007 0100007F:D431 01 00012345:00000000${REST}`,
    `10002: 0200007F:0007 0100007F:D431 01 00000007:000000FF${REST}`,
  ].join(''),
  '/proc/self/net/tcp6': [
    HEAD,
    `   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:D431 01 000000FF:00000000${REST}`,
    `   1: B80D0120000000000000000001000000:0007 B80D0120000000000000000002000000:C000 01 00000001:00000000${REST}`,
  ].join(''),
};
const shownTable = (table: string) => Promise.resolve(tables[table] ?? '');
const nowhere = () => Promise.resolve('');

const queuesOf = async (connections: readonly Ends[], from = shownTable): Promise<(number | undefined)[]> => {
  const queueOf = await firstValueFrom(sendQueues(connections, from));
  return connections.map(queueOf);
};

describe('sendQueues', () => {
  it('finds each connection by its endpoints, over IPv4, IPv6 and a dual-stack socket', async () => {
    const connections = [
      ends('127.0.0.1:7', '127.0.0.1:54321'),
      ends('127.0.0.2:7', '127.0.0.1:54321'),
      ends('127.0.0.1:8080', '127.0.0.1:54321'),
      ends('2001:db8::1:7', '2001:db8::2:49152'),
      ends('127.0.0.1:9', '127.0.0.1:54321'),
    ];
    expect(await queuesOf(connections)).toEqual([0x12345, 7, 255, 1, undefined]);
  });

  it('returns undefined if there is no table', async () => {
    expect(await queuesOf([ends('127.0.0.1:7', '127.0.0.1:54321')], nowhere)).toEqual([undefined]);
  });

  it('reads a table that ends in the middle of a row', async () => {
    const cut = (table: string) => shownTable(table).then((text) => text.slice(0, -REST.length - 30));
    expect(await queuesOf([ends('127.0.0.1:7', '127.0.0.1:54321')], cut)).toEqual([0x12345]);
  });

  /** Checks the queue of a client that reads only after it has filled. */
  const shown = async (server: string | undefined, host: string): Promise<void> => {
    const listener = await firstValueFrom(listenTcp({ port: 0, ...(server !== undefined && { host: server }) }));
    const accepted = firstValueFrom(listener.connections$);
    const socket = await client(listener.local.port, host);
    const connection = await accepted;
    const queue = async (): Promise<number> => (await firstValueFrom(sendQueues([connection])))(connection) ?? NaN;
    expect(await queue()).toBe(0);
    const sent = written(connection, of(Buffer.alloc(LARGE)));
    expect(await queue()).toBeGreaterThan(0);
    await read(socket, LARGE);
    while ((await queue()) > 1);
    socket.destroy();
    await sent;
  };

  itOnLinux('returns the queue of a client over IPv4', () => shown('127.0.0.1', '127.0.0.1'));
  itOnLinux('returns the queue of an IPv4 client of a dual-stack socket', () => shown(undefined, '127.0.0.1'));
  (process.platform === 'linux' ? itWithIpv6 : itOnLinux)('returns the queue of a client over IPv6', () =>
    shown('::1', '::1'),
  );
});
