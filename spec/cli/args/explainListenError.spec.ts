import { listenError } from '../../../lib/net/listenError';
import { explainListenError } from '../../../lib/cli/args/explainListenError';

const advice = (code: string): string =>
  explainListenError(listenError('tcp', { host: '127.0.0.1', port: 7 }, Object.assign(new Error(code), { code })));

describe('explainListenError', () => {
  it('names four cures for a port that the user may not have, and the worst of them last', () => {
    const text = advice('EACCES');
    const cures = ['--port 7007', 'net.ipv4.ip_unprivileged_port_start', 'socket unit', 'setcap'];
    const places = cures.map((cure) => text.indexOf(cure));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(text).toMatch(/setcap.* opens low ports to every Node program$/);
  });

  it('names the address that another socket has', () => {
    expect(advice('EADDRINUSE')).toMatch(/^Cannot listen on TCP 127\.0\.0\.1:7: .*--port$/);
  });

  it('names the address, the reason and the code of any other failure', () => {
    expect(advice('EADDRNOTAVAIL')).toBe(
      'Cannot listen on TCP 127.0.0.1:7: it is not an address of this machine (EADDRNOTAVAIL)',
    );
    expect(advice('ENOBUFS')).toContain('(ENOBUFS)');
  });
});
