import { AccessList } from '../../../lib/server/limits/accessList';

describe('AccessList', () => {
  it('serves all sources when nothing is listed', () => {
    const access = new AccessList({ allow: [], deny: [] });
    expect(['192.0.2.1', '::1', ''].map((address) => access.admits(address))).toEqual([true, true, true]);
  });

  const allowed = { allow: ['192.0.2.0/24', '2001:db8::/32', '10.1.2.3'] };
  const denied = { deny: ['192.0.2.128/25', '2001:db8:1::/48', 'fe80::/10'] };

  it.each([
    ['192.0.2.1', [true, true, true]],
    ['192.0.2.129', [true, false, false]],
    ['10.1.2.3', [true, true, true]],
    ['10.1.2.4', [false, true, false]],
    ['::ffff:192.0.2.1', [true, true, true]],
    ['::ffff:192.0.2.129', [true, false, false]],
    ['2001:db8::1', [true, true, true]],
    ['2001:db8:1::1', [true, false, false]],
    ['2001:db9::1', [false, true, false]],
    ['fe80::1%eth0', [false, false, false]],
    ['', [false, false, false]],
    ['192.0.2', [false, false, false]],
    ['192.0.2.1.example', [false, false, false]],
    ['%eth0', [false, false, false]],
  ])(
    'serves %s or not: where some are allowed, where some are denied, where both are listed: %j',
    (address, served) => {
      const lists = [allowed, denied, { ...allowed, ...denied }];
      expect(lists.map((each) => new AccessList(each).admits(address))).toEqual(served);
    },
  );

  it.each([
    ['192.0.2.77/24', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    ['0.0.0.0/0', '192.0.2.1'],
    ['::/0', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:0:0/96', '192.0.2.1'],
    ['::ffff:192.0.2.0/120', '192.0.2.1'],
    ['::ffff:c000:200/120', '::ffff:192.0.2.1'],
  ])('reads %s as a network that %s is in', (network, address) => {
    expect(new AccessList({ allow: [network] }).admits(address)).toBe(true);
  });

  it.each(['::/0', '::/1', '::/8'])('takes %s for IPv6 alone: IPv4 is in no such network', (network) => {
    const [allowed, denied] = [new AccessList({ allow: [network] }), new AccessList({ deny: [network] })];
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1']) {
      expect([allowed.admits(address), denied.admits(address)]).toEqual([false, true]);
    }
    expect([allowed.admits('::1'), denied.admits('::1')]).toEqual([true, false]);
  });

  it('takes 0.0.0.0/0 for IPv4 alone', () => {
    const [allowed, denied] = [new AccessList({ allow: ['0.0.0.0/0'] }), new AccessList({ deny: ['0.0.0.0/0'] })];
    expect([allowed.admits('2001:db8::1'), denied.admits('2001:db8::1')]).toEqual([false, true]);
    expect([allowed.admits('::ffff:192.0.2.1'), denied.admits('192.0.2.1')]).toEqual([true, false]);
  });

  it.each([
    '',
    'x',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/',
    '192.0.2',
    '::/129',
    'fe80::1%eth0',
    '::ffff:192.0.2.0/24',
    '::ffff:192.0.2.0/129',
  ])('throws for "%s", and leaves what is', (network) => {
    const access = new AccessList({ deny: ['192.0.2.1'] });
    expect(() => access.replace({ allow: ['10.0.0.0/8'], deny: [network] })).toThrow(`invalid network "${network}"`);
    expect(['192.0.2.1', '192.0.2.2'].map((address) => access.admits(address))).toEqual([false, true]);
  });

  it('takes other lists while it is asked', () => {
    const access = new AccessList({ deny: ['192.0.2.1'] });
    access.replace({ allow: ['192.0.2.1'] });
    expect(['192.0.2.1', '192.0.2.2'].map((address) => access.admits(address))).toEqual([true, false]);
  });
});
