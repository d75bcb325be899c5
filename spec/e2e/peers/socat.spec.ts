import { randomBytes } from 'node:crypto';
import { installed } from '../../support/installed';
import { ccecho, start } from '../../support/process';

jest.setTimeout(20_000);

const withSocat = installed('socat', '-V', /socat version/);

describe('socat', () => {
  withSocat('gets 1 MiB back that it piped through, after it ended its side', async () => {
    await using server = ccecho();
    const sent = randomBytes(1024 * 1024);
    await using socat = start('socat', ['-t20', '-', `TCP:127.0.0.1:${await server.port()}`]);
    socat.child.stdin.end(sent);
    expect(await socat.ended).toBe(0);
    expect(socat.stdout.bytes.equals(sent)).toBe(true);
  });

  withSocat('gets its datagram back', async () => {
    await using server = ccecho(['-udp']);
    await using socat = start('socat', ['-', `UDP:127.0.0.1:${await server.port()}`]);
    socat.child.stdin.write('hello\n');
    await socat.stdout.until(/^hello\n$/);
  });
});
