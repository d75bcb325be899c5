import { parseTarget } from '../../../lib/cli/args/parseTarget';

describe('parseTarget', () => {
  it.each<[string, number | undefined, { host: string; port: number }]>([
    ['192.0.2.7', undefined, { host: '192.0.2.7', port: 7 }],
    ['192.0.2.7', 7007, { host: '192.0.2.7', port: 7007 }],
    ['host:7007', undefined, { host: 'host', port: 7007 }],
    ['host:7007', 7007, { host: 'host', port: 7007 }],
    ['2001:db8::1', undefined, { host: '2001:db8::1', port: 7 }],
    ['fe80::1%eth0', undefined, { host: 'fe80::1%eth0', port: 7 }],
    ['[2001:db8::1]', 8, { host: '2001:db8::1', port: 8 }],
    ['[fe80::1%eth0]:9', undefined, { host: 'fe80::1%eth0', port: 9 }],
    [' host ', undefined, { host: 'host', port: 7 }],
  ])('reads %j with port %p', (text, port, endpoint) => expect(parseTarget(text, port)).toEqual(endpoint));

  it.each(['', ':7', '[]:7', '[::1', 'host:x', 'host:70000', 'host:'])('rejects %j, and shows the form', (text) => {
    expect(() => parseTarget(text)).toThrow(/expected/);
  });

  it('rejects two different ports', () => {
    expect(() => parseTarget('host:7', 8)).toThrow('host:7 and --port 8 name two ports');
  });
});
