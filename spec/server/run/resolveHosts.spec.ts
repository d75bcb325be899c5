import { firstValueFrom } from 'rxjs';
import { resolveHosts } from '../../../lib/server/run/resolveHosts';

const addressesOf = (...hosts: string[]): Promise<string[]> => firstValueFrom(resolveHosts(hosts, 7, 'udp'));

describe('resolveHosts', () => {
  it('gives addresses back as they are, in their order, each once', async () => {
    expect(await addressesOf('::1', '127.0.0.1', '::1', '192.0.2.1')).toEqual(['::1', '127.0.0.1', '192.0.2.1']);
  });

  it('gives an address in its one spelling', async () => {
    expect(await addressesOf('0:0:0:0:0:0:0:1', '::ffff:c000:201')).toEqual(['::1', '192.0.2.1']);
  });

  it('takes all addresses of IPv6 beside all of IPv4', async () => {
    expect(await addressesOf('::', '0.0.0.0')).toEqual(['::', '0.0.0.0']);
  });

  it.each([
    ['::1', '0:0:0:0:0:0:0:1', 'are the same address'],
    ['127.0.0.1', '::ffff:127.0.0.1', 'are the same address'],
    ['::', '127.0.0.1', 'overlap: :: is 127.0.0.1 too'],
    ['::1', '::', 'overlap: :: is ::1 too'],
    ['0.0.0.0', '127.0.0.1', 'overlap: 0.0.0.0 is 127.0.0.1 too'],
    ['0::0', 'localhost', 'overlap: 0::0 is localhost too'],
  ])('refuses %s beside %s, and names both', async (one, other, reason) => {
    await expect(addressesOf(one, other).catch((error: unknown) => error)).resolves.toMatchObject({
      code: 'ERR_ECHO_OPTION',
      message: `--host ${one} and --host ${other} ${reason}; leave one of them out`,
    });
  });

  it('looks a name up', async () => {
    expect(['127.0.0.1', '::1']).toContain((await addressesOf('localhost'))[0]);
  });

  it('gives the address of two names for the same place once', async () => {
    const [localhost = ''] = await addressesOf('localhost');
    expect(await addressesOf('localhost', localhost)).toEqual([localhost]);
  });

  it('has no addresses for no hosts', async () => {
    expect(await addressesOf()).toEqual([]);
  });

  it('refuses the empty string, which would be all addresses', async () => {
    await expect(addressesOf('')).rejects.toMatchObject({ code: 'ERR_ECHO_OPTION' });
  });

  it('errors for an unknown name, with the name', async () => {
    const unknown = 'x'.repeat(64);
    await expect(addressesOf('127.0.0.1', unknown)).rejects.toMatchObject({
      code: 'ERR_ECHO_LISTEN',
      message: expect.stringContaining(`UDP ${unknown}:7`) as string,
      cause: { code: 'ENOTFOUND' },
    });
  });
});
