import { NEVER } from 'rxjs';
import { assertKeys } from '../lib/assertKeys';
import { AccessList } from '../lib/server/limits/accessList';
import { echoServer } from '../lib/server/echoServer';
import { Limits } from '../lib/server/limits/limits';
import { startEcho } from '../lib/server/startEcho';
import { tcpClient } from '../lib/tcp/tcpClient';
import { tcpServer } from '../lib/tcp/tcpServer';
import { flows } from '../lib/udp/flows/flows';
import { udpServer } from '../lib/udp/udpServer';

describe('assertKeys', () => {
  const keys = { host: true, port: true } as const;

  it('takes options that exist, and one that is undefined', () => {
    expect(() => assertKeys('It', { host: '::1', ports: undefined }, keys)).not.toThrow();
  });

  it('names an option that does not exist, and the nearest', () => {
    expect(() => assertKeys('It', { hosts: [] }, keys)).toThrow('It has no option `hosts`: did you mean `host`?');
    expect(() => assertKeys('It', { toString: 1 }, keys)).toThrow('It has no option `toString`');
  });

  /** As JavaScript passes them, where no compiler looks. */
  const any = (options: object) => options as never;

  it.each<[string, () => unknown]>([
    [
      'echoServer has no option `host`: did you mean `hosts`?',
      () => echoServer(any({ port: 0, requests$: NEVER, host: '::1' })),
    ],
    ['A TCP server has no option `hosts`: did you mean `host`?', () => tcpServer(any({ port: 0, hosts: [] }))],
    ['A UDP server has no option `hosts`: did you mean `host`?', () => udpServer(any({ port: 0, hosts: [] }))],
    ['tcpClient has no option `linger`', () => tcpClient(any({ host: '::1', port: 7, linger: 5 }))],
    ['flows has no option `idle`: did you mean `idleMs`?', () => flows(any({ idle: 5 }))],
    [
      'Limits has no option `maxConnection`: did you mean `maxConnections`?',
      () => new Limits(any({ maxConnection: 5 })),
    ],
    ['AccessList has no option `alow`: did you mean `allow`?', () => new AccessList(any({ alow: ['::1'] }))],
  ])('is asked wherever options come from: %s', (message, call) => {
    expect(call).toThrow(message);
  });

  it('is asked by startEcho, and by stop', async () => {
    await expect(startEcho(any({ hosts: ['::1'] }))).rejects.toMatchObject({
      code: 'ERR_ECHO_OPTION',
      message: 'startEcho has no option `hosts`: did you mean `host`?',
    });
    const echo = await startEcho();
    expect(() => void echo.stop(any({ grace: 5 }))).toThrow('stop has no option `grace`');
    await echo.stop();
  });
});
