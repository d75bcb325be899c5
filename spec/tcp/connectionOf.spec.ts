import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { firstValueFrom, lastValueFrom, throwError } from 'rxjs';
import { connectionOf } from '../../lib/tcp/connectionOf';
import { pattern } from '../support/pattern';
import { readAll } from '../support/socket';
import { thrownBy } from '../support/thrownBy';

/** Returns both ends of a connection over a Unix socket. */
const unixPair = async (): Promise<{ near: Socket; far: Socket; server: Server }> => {
  const path = join(mkdtempSync(join(tmpdir(), 'ccecho-')), 'socket');
  const server = createServer({ allowHalfOpen: true }).listen(path);
  await once(server, 'listening');
  const far = connect({ path, allowHalfOpen: true });
  const [[near]] = (await Promise.all([once(server, 'connection'), once(far, 'connect')])) as [[Socket], unknown];
  server.close();
  return { near, far, server };
};

/** Returns both ends of a TLS connection. A pre-shared key saves the certificate. */
const tlsPair = async (): Promise<{ near: Socket; far: Socket }> => {
  const psk = Buffer.alloc(16, 7);
  const options = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' } as const;
  const server = createTlsServer({ ...options, pskCallback: () => psk }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pskCallback = () => ({ psk, identity: 'test' });
  const far = connectTls({ ...options, host: '127.0.0.1', port, pskCallback, checkServerIdentity: () => undefined });
  const [near] = (await once(server, 'secureConnection')) as [Socket];
  server.close();
  return { near, far };
};

describe('connectionOf', () => {
  it('echoes more over a Unix socket than all buffers can hold', async () => {
    const { near, far } = await unixPair();
    const connection = connectionOf(near);
    const done = lastValueFrom(connection.bytes$.pipe(connection.writes()), { defaultValue: 'done' });
    far.end(pattern(8_000_000));
    expect((await readAll(far)).equals(pattern(8_000_000))).toBe(true);
    expect(await done).toBe('done');
    expect(connection).toMatchObject({ bytesIn: 8_000_000, bytesOut: 8_000_000, bytesPending: 0 });
  });

  it('emits bytes that arrived before the connection was created', async () => {
    const { near, far } = await unixPair();
    far.end('hello');
    await once(near, 'readable');
    const connection = connectionOf(near);
    expect((await firstValueFrom(connection.bytes$)).toString()).toBe('hello');
    connection.abort();
  });

  it('ends a Unix socket when the source errors, since it cannot be reset', async () => {
    const { near, far } = await unixPair();
    const connection = connectionOf(near);
    const ended = once(far.resume(), 'end');
    throwError(() => new Error('boom'))
      .pipe(connection.writes())
      .subscribe({ error: () => undefined });
    await ended;
    far.destroy();
  });

  it('throws ERR_ECHO_OPTION for a socket that is connecting or destroyed', () => {
    const socket = connect(1, '127.0.0.1').on('error', () => undefined);
    expect(thrownBy(() => connectionOf(socket))).toMatchObject({ code: 'ERR_ECHO_OPTION' });
    socket.destroy();
    expect(thrownBy(() => connectionOf(socket))).toMatchObject({ code: 'ERR_ECHO_OPTION' });
  });

  it('echoes over TLS', async () => {
    const { near, far } = await tlsPair();
    const connection = connectionOf(near);
    connection.bytes$.pipe(connection.writes()).subscribe();
    far.end(pattern(1_000_000));
    expect((await readAll(far)).equals(pattern(1_000_000))).toBe(true);
  });
});
