import type { EchoEvent } from '../../lib/events';
import { overflowWarnings } from '../../lib/log/overflowWarnings';

const udp: EchoEvent = { kind: 'overflowed', transport: 'udp', local: { host: '::1', port: 7 }, dropped: 12 };
const tcp: EchoEvent = { kind: 'overflowed', transport: 'tcp', dropped: 3 };

describe('overflowWarnings', () => {
  it('warns once of what the kernel dropped, of each transport, and names the cure', () => {
    const lineOf = overflowWarnings();
    const lines = [udp, udp, tcp, tcp, udp].map(lineOf);
    expect(lines).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(
          /^the kernel dropped 12 datagrams.*net\.core\.rmem_max.*--udp-receive-buffer/,
        ) as string,
        fields: { event: 'overflowed', transport: 'udp', reason: 'kernel', dropped: 12 },
      },
      undefined,
      {
        level: 'warn',
        message: expect.stringMatching(/^3 connection attempts found .*net\.core\.somaxconn/) as string,
        fields: { event: 'overflowed', transport: 'tcp', reason: 'kernel', dropped: 3 },
      },
      undefined,
      undefined,
    ]);
  });

  it('ignores other events', () => {
    expect(overflowWarnings()({ kind: 'stopping' })).toBeUndefined();
  });
});
