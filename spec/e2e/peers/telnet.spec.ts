import { installed } from '../../support/installed';
import { ccecho, start } from '../../support/process';

jest.setTimeout(20_000);

describe('telnet', () => {
  installed('telnet')('sees the line that was typed', async () => {
    await using server = ccecho();
    await using telnet = start('telnet', ['127.0.0.1', `${await server.port()}`]);
    await telnet.stdout.until(/Escape character/);
    telnet.child.stdin.write('hello\n');
    await telnet.stdout.until(/\nhello\r?\n/);
    expect(await server.stop()).toBe(0);
  });
});
