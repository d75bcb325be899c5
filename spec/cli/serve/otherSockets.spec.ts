import { otherSockets } from '../../../lib/cli/serve/otherSockets';
import type { ServerFlags } from '../../../lib/cli/args/createProgram';
import { ipv4 } from '../../support/interfaces';

const three = () => ({ lo: [ipv4('127.0.0.1')], eth0: [ipv4('192.0.2.1'), ipv4('192.0.2.2')] });
const forbidden = () => {
  throw new Error('netlink is forbidden');
};

const both = { tcp: true, udp: true } as const;
const metrics = { host: '', port: 9100 };

describe('otherSockets', () => {
  it.each<[string, Partial<ServerFlags>, typeof three, number]>([
    ['a listener for TCP', {}, three, 1],
    ['a socket at each local address for UDP', { udp: true }, three, 3],
    ['both', both, three, 4],
    ['one for UDP, where it is a wildcard', { ...both, udpWildcard: true }, three, 2],
    ['one for UDP, where the addresses are not told', both, forbidden, 2],
    ['one each for each host', { ...both, host: ['::1', '127.0.0.1'] }, three, 4],
    ['those who ask for metrics', { metrics }, three, 19],
  ])('counts %s', (_, flags, interfaces, sockets) => {
    expect(otherSockets(flags as ServerFlags, interfaces)).toBe(sockets);
  });

  it('looks the addresses of this machine up', () => {
    expect(otherSockets({ udp: true } as ServerFlags)).toBeGreaterThan(0);
  });
});
