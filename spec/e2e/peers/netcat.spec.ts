import { installed } from '../../support/installed';
import { ccecho, start } from '../../support/process';

jest.setTimeout(20_000);

const withNc = installed('nc', '-h', /OpenBSD/);
const withNcat = installed('ncat', '--version', /Ncat/);

describe('nc', () => {
  withNc('gets back what it sent before it ended its side', async () => {
    await using server = ccecho();
    await using nc = start('nc', ['-N', '127.0.0.1', `${await server.port()}`]);
    nc.child.stdin.end('hello\n');
    expect(await nc.ended).toBe(0);
    expect(nc.stdout.text).toBe('hello\n');
    await server.stdout.until(/disconnected/);
  });

  withNc('gets its datagram back', async () => {
    await using server = ccecho(['-udp']);
    await using nc = start('nc', ['-u', '-w1', '127.0.0.1', `${await server.port()}`]);
    nc.child.stdin.end('hello\n');
    expect(await nc.ended).toBe(0);
    expect(nc.stdout.text).toBe('hello\n');
  });

  withNc('does not delay a stop when it idles with an open stdin', async () => {
    await using server = ccecho();
    await using nc = start('nc', ['127.0.0.1', `${await server.port()}`]);
    nc.child.stdin.write('hello\n');
    await nc.stdout.until(/hello\n/);
    const signalled = performance.now();
    expect(await server.stop('SIGINT')).toBe(0);
    expect(performance.now() - signalled).toBeLessThan(2000);
    expect(server.stderr.text).toBe('');
  });

  withNc('does not delay a stop while yes feeds it', async () => {
    await using server = ccecho();
    const command = 'yes | nc 127.0.0.1 $0 | { head -c 1000000 > /dev/null; echo going; cat > /dev/null; }';
    await using yes = start('sh', ['-c', command, `${await server.port()}`]);
    await yes.stdout.until(/going/);
    const signalled = performance.now();
    expect(await server.stop('SIGINT')).toBe(0);
    expect(performance.now() - signalled).toBeLessThan(2000);
    expect(server.stderr.text).toBe('');
    await yes.ended;
  });
});

describe('ncat', () => {
  withNcat('gets back what it sent before it ended its side', async () => {
    await using server = ccecho();
    await using ncat = start('ncat', ['127.0.0.1', `${await server.port()}`]);
    ncat.child.stdin.end('hello\n');
    expect(await ncat.ended).toBe(0);
    expect(ncat.stdout.text).toBe('hello\n');
  });

  withNcat('gets its datagram back', async () => {
    await using server = ccecho(['-udp']);
    await using ncat = start('ncat', ['-u', '127.0.0.1', `${await server.port()}`]);
    ncat.child.stdin.write('hello\n');
    await ncat.stdout.until(/^hello\n$/);
  });

  withNcat('does not delay a stop when it idles with an open stdin', async () => {
    await using server = ccecho();
    await using ncat = start('ncat', ['127.0.0.1', `${await server.port()}`]);
    ncat.child.stdin.write('hello\n');
    await ncat.stdout.until(/hello\n/);
    const signalled = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - signalled).toBeLessThan(2000);
  });
});
