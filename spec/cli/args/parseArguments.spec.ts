import { createProgram, type ServerFlags } from '../../../lib/cli/args/createProgram';
import { parseArguments } from '../../../lib/cli/args/parseArguments';

const read = (...words: string[]): ServerFlags => parseArguments<ServerFlags>(createProgram('1.2.3'), words);

const usageError = (...words: string[]): string => {
  try {
    read(...words);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_ECHO_OPTION' });
    return (error as Error).message;
  }
  throw new Error(`${words.join(' ')} was taken`);
};

describe('parseArguments', () => {
  it('returns the defaults without arguments', () => {
    expect(read()).toEqual({
      port: 7,
      udpIgnorePorts: 'reserved',
      udpReceiveBuffer: 4_194_304,
      maxBuffered: 268_435_456,
      grace: 10_000,
      logLevel: 'info',
      logFormat: 'text',
    });
  });

  it.each<[string, Partial<ServerFlags>]>([
    ['--tcp', { tcp: true }],
    ['--udp', { udp: true }],
    ['-tcp', { tcp: true }],
    ['-udp', { udp: true }],
    ['-tcp -udp', { tcp: true, udp: true }],
    ['--port 7007', { port: 7007 }],
    ['--port=7007', { port: 7007 }],
    ['-p 0', { port: 0 }],
    ['-p65535', { port: 65_535 }],
    ['--once', { once: true }],
    ['--grace 1m30s', { grace: 90_000 }],
    ['--max-connections 100', { maxConnections: 100 }],
    ['--max-connections-per-source 1', { maxConnectionsPerSource: 1 }],
    ['--max-buffered 64MiB', { maxBuffered: 67_108_864 }],
    ['--idle-timeout 5m', { idleTimeout: 300_000 }],
    ['--host ::1', { host: ['::1'] }],
    ['--host 127.0.0.1 --host [::1]', { host: ['127.0.0.1', '::1'] }],
    ['--metrics 9100', { metrics: { host: '127.0.0.1', port: 9100 } }],
    ['--shutdown-delay 5s', { shutdownDelay: 5000 }],
    ['--log-level silent', { logLevel: 'silent' }],
    ['--log-format json', { logFormat: 'json' }],
  ])('reads %s', (line, flags) => {
    expect(read(...line.split(' '))).toMatchObject(flags);
  });

  it('takes one value for each --host, and leaves the next argument alone', () => {
    expect(usageError('--host', '127.0.0.1', '127.0.0.2')).toContain("unknown argument '127.0.0.2'");
  });

  it('leaves -udp and -tcp behind -- as they are', () => {
    expect(usageError('--', '-udp')).toBe("unknown argument '-udp': did you mean --udp?");
    expect(read('-udp', '--')).toMatchObject({ udp: true });
  });

  it.each([
    ['--prot 7', "unknown option '--prot': did you mean --port?"],
    ['-port 7', "unknown option '-port': did you mean --port?"],
    ['-upd', "unknown option '-upd': did you mean --udp?"],
    ['--log-levle debug', "unknown option '--log-levle': did you mean --log-level?"],
    ['--grave 1s', "unknown option '--grave': did you mean --grace?"],
    ['--no-such-thing', "unknown option '--no-such-thing'"],
    ['udp', "unknown argument 'udp': did you mean --udp?"],
    ['hlep', "unknown argument 'hlep': did you mean --help?"],
    ['7007', "unknown argument '7007': did you mean --port 7007?"],
    ['--udp faults', "unknown argument 'faults': a command comes first, as in ccecho faults"],
  ])('names what was meant by: %s', (line, message) => {
    expect(usageError(...line.split(' '))).toBe(message);
  });

  it.each(['65536', 'abc', '-1', '7.5', '1e3', '', '0x7'])('rejects --port %j, and names the expected form', (port) => {
    expect(usageError('--port', port)).toBe(`--port: invalid value "${port}"; expected a whole number from 0 to 65535`);
  });

  it.each([
    ['--grace 5', '5 has no unit; expected 5s or 5ms'],
    ['--grace soon', 'invalid duration "soon"'],
    ['--max-connections 0', 'invalid number "0"; expected a whole number, 1 or more'],
    ['--max-buffered 64KiB', '64KiB is too small; expected at least 1MiB, which one connection may need'],
    ['--idle-timeout 1ms', '1ms is too short; expected at least 100ms'],
    ['--log-level loud', '--log-level: invalid value "loud"; expected one of error, warn, info, debug, silent'],
    ['--log-format xml', 'expected one of text, json'],
    ['--port', 'argument missing'],
    ['--host', 'argument missing'],
  ])('explains what is wrong with: %s', (line, message) => {
    expect(usageError(...line.split(' '))).toContain(message);
  });

  it('explains in one line what is wrong with an argument of several lines', () => {
    expect(usageError('a\nb')).not.toContain('\n');
    expect(usageError('--log-level', 'a\nb')).not.toContain('\n');
  });
});
