import { connect } from 'node:net';
import { ConfigFile } from '../support/configFile';
import { ccecho } from '../support/process';
import { read } from '../support/socket';

jest.setTimeout(30_000);

describe('--config', () => {
  it('applies limits and faults at SIGHUP, and loses no byte of a client', async () => {
    using file = new ConfigFile({ host: '127.0.0.1', fault: [] });
    await using server = ccecho(['--config', file.path]);
    const socket = await server.client();
    socket.write('before');
    expect(String(await read(socket, 6))).toBe('before');

    file.write({ host: '127.0.0.1', fault: ['limit=3B'], 'max-connections': 1 });
    server.child.kill('SIGHUP');
    await server.stderr.until(/^ccecho: reloaded (--fault, --max-connections|--max-connections, --fault)$/m);
    socket.write('after');
    expect(String(await read(socket, 3))).toBe('aft');
    socket.end();
    await server.stdout.until(/disconnected/);
    const first = await server.client();
    first.write('x');
    await read(first, 1);
    const second = connect(await server.port(), '127.0.0.1').on('error', () => undefined);
    await server.stderr.until(/warning: connections are refused/);
    second.destroy();
    first.end();
    expect(await server.stop()).toBe(0);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'is no JSON',
      '{',
      /warning: not reloaded, the running configuration is unchanged: --config \S+ccecho\.json: invalid JSON/,
    ],
    [
      'names a fault that is none',
      { fault: ['latecny=1ms'] },
      /warning: not reloaded, the running configuration is unchanged: .*latecny/,
    ],
    [
      'asks for what takes a restart',
      { fault: [], udp: true },
      /warning: reloaded, nothing .*; restart to apply --udp/,
    ],
  ])('keeps the running configuration when the file %s, and logs the reason in one line', async (_, content, line) => {
    using file = new ConfigFile({ fault: [] });
    await using server = ccecho(['--host', '127.0.0.1', '--config', file.path]);
    const socket = await server.client();
    file.write(content);
    server.child.kill('SIGHUP');
    await server.stderr.until(line);
    socket.write('still');
    expect(String(await read(socket, 5))).toBe('still');
    socket.end();
    expect(await server.stop()).toBe(0);
  });

  it('names the way where faults come to a server that was started without', async () => {
    using file = new ConfigFile({ host: '127.0.0.1' });
    await using server = ccecho(['--config', file.path]);
    await server.port();
    file.write({ host: '127.0.0.1', fault: ['latency=1ms'] });
    server.child.kill('SIGHUP');
    await server.stderr.until(/start it with "fault": \[\] in its file/);
    expect(await server.stop()).toBe(0);
  });

  it('applies access lists at SIGHUP, and keeps open connections', async () => {
    using file = new ConfigFile({ host: '127.0.0.1' });
    await using server = ccecho(['--config', file.path]);
    const socket = await server.client();
    // Served, and not only in the kernel's queue: a runtime may hear of the signal before it accepts.
    socket.write('first');
    expect(String(await read(socket, 5))).toBe('first');
    file.write({ host: '127.0.0.1', deny: ['127.0.0.1'] });
    server.child.kill('SIGHUP');
    await server.stderr.until(/^ccecho: reloaded --deny$/m);
    const denied = connect(await server.port(), '127.0.0.1').on('error', () => undefined);
    await server.stderr.until(/127\.0\.0\.1:\d+ is not answered: access is denied/);
    denied.destroy();
    socket.write('still');
    expect(String(await read(socket, 5))).toBe('still');
    socket.end();
    expect(await server.stop()).toBe(0);
  });

  it('logs at SIGHUP with workers what needs a restart, and changes nothing', async () => {
    using file = new ConfigFile({ host: '127.0.0.1', workers: 2, fault: [] });
    await using server = ccecho(['--config', file.path]);
    const socket = await server.client();
    file.write({ host: '127.0.0.1', workers: 2, fault: ['limit=1B'] });
    server.child.kill('SIGHUP');
    await server.stderr.until(/warning: reloaded, nothing changed; restart to apply --fault$/m);
    socket.write('still');
    expect(String(await read(socket, 5))).toBe('still');
    socket.end();
    expect(await server.stop()).toBe(0);
  });

  it('reads the environment', async () => {
    await using server = ccecho(['--host', '127.0.0.1'], { env: { ...process.env, CCECHO_LOG_FORMAT: 'json' } });
    await server.stdout.until(/^\{"time"/);
    expect(await server.stop()).toBe(0);
  });

  it('warns of an unknown variable in the format of the log, and serves', async () => {
    const env = { ...process.env, CCECHO_PROT: '1', CCECHO_A_PORT: 'tcp://10.0.0.1:7', CCECHO_HOST: '' };
    await using server = ccecho(['--log-format', 'json'], { env });
    await server.stdout.until(/listening/);
    expect(await server.stop()).toBe(0);
    expect(server.stderr.lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        level: 'warn',
        message: expect.stringMatching(/^CCECHO_PROT: .*CCECHO_PORT\?$/) as string,
      }),
    ]);
  });

  it('is killed by SIGHUP without a configuration file', async () => {
    await using server = ccecho(['--host', '127.0.0.1']);
    await server.port();
    expect(await server.stop('SIGHUP')).toBe('SIGHUP');
  });
});
