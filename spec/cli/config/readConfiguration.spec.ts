import { readConfiguration } from '../../../lib/cli/config/readConfiguration';
import type { Environment } from '../../../lib/cli/config/environmentSettings';
import { createProgram, type ServerFlags } from '../../../lib/cli/args/createProgram';
import { ConfigFile } from '../../support/configFile';

interface Given {
  readonly words?: string;
  readonly env?: Environment;
  readonly file?: unknown;
}

const configured = ({ words = '', env = {}, file }: Given) => {
  using config = new ConfigFile(file ?? {});
  const all = [...words.split(' ').filter(Boolean), ...(file === undefined ? [] : ['--config', config.path])];
  return readConfiguration(() => createProgram('1.2.3'), all, env);
};

const flagsOf = (given: Given): Partial<ServerFlags> => configured(given).flags;

/** What is wrong, without the folder of the file. */
const usageError = (given: Given): string => {
  try {
    configured(given);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_ECHO_OPTION' });
    return (error as Error).message.replace(/\S*\/(?=ccecho\.json)/g, '');
  }
  throw new Error(`${JSON.stringify(given)} was taken`);
};

describe('readConfiguration', () => {
  it.each<[string, Given, number]>([
    ['the command line', { words: '--port 1', env: { CCECHO_PORT: '2' }, file: { port: 3 } }, 1],
    ['then the environment', { env: { CCECHO_PORT: '2' }, file: { port: 3 } }, 2],
    ['then the file', { file: { port: 3 } }, 3],
    ['then the default', { file: {} }, 7],
  ])('asks %s', (_, given, port) => {
    expect(flagsOf(given).port).toBe(port);
  });

  it.each<[Given, Partial<ServerFlags>]>([
    [{ env: { CCECHO_LOG_LEVEL: 'debug' } }, { logLevel: 'debug' }],
    [{ env: { CCECHO_HOST: '127.0.0.1, [::1]' } }, { host: ['127.0.0.1', '::1'] }],
    [{ env: { CCECHO_UDP: 'true' } }, { udp: true }],
    [{ env: { CCECHO_MAX_BUFFERED: '64MiB' } }, { maxBuffered: 67_108_864 }],
    [{ file: { host: ['127.0.0.1', '::1'] } }, { host: ['127.0.0.1', '::1'] }],
    [{ file: { host: '::1' } }, { host: ['::1'] }],
    [{ file: { udp: true, 'log-format': 'json', grace: '3s' } }, { udp: true, logFormat: 'json', grace: 3000 }],
    [{ file: { metrics: 9100 } }, { metrics: { host: '127.0.0.1', port: 9100 } }],
  ])('reads %j with the readers of the command line', (given, flags) => {
    expect(flagsOf(given)).toMatchObject(flags);
  });

  it('lets a false of the environment hide a true of the file', () => {
    expect(flagsOf({ env: { CCECHO_UDP: '0' }, file: { udp: true } }).udp).toBeUndefined();
  });

  it('replaces a list as a whole', () => {
    expect(flagsOf({ words: '--host ::1', file: { host: ['127.0.0.1'] } }).host).toEqual(['::1']);
  });

  it('reads access lists and workers from a file and from variables', () => {
    const who = { allow: ['192.0.2.0/24', '2001:db8::/32'], deny: ['192.0.2.7'] };
    const asked = {
      ...who,
      udpIgnorePorts: 'none',
      udpMaxRate: 1.5,
      udpWildcard: true,
      udpReceiveBuffer: 65_536,
      workers: 2,
    };
    const udp = {
      'udp-ignore-ports': 'none',
      'udp-max-rate': '90/min',
      'udp-wildcard': true,
      'udp-receive-buffer': '64KiB',
    };
    const file = { ...who, ...udp, workers: 2 };
    expect(flagsOf({ file })).toMatchObject(asked);
    const env = {
      CCECHO_ALLOW: '192.0.2.0/24, 2001:db8::/32',
      CCECHO_DENY: '192.0.2.7',
      CCECHO_UDP_IGNORE_PORTS: 'none',
      CCECHO_UDP_MAX_RATE: '90/min',
      CCECHO_UDP_WILDCARD: 'true',
      CCECHO_UDP_RECEIVE_BUFFER: '64KiB',
      CCECHO_WORKERS: '2',
    };
    expect(flagsOf({ env })).toMatchObject(asked);
  });

  it('puts the chain together, the part of the file first', () => {
    const { fault, dump } = flagsOf({ words: '--dump hex', file: { fault: ['latency=50ms,jitter=10ms', 'slice=1B'] } });
    expect(fault?.map(({ text }) => text)).toEqual(['latency=50ms,jitter=10ms', 'slice=1B', 'hex']);
    expect(dump).toBe(fault);
  });

  it('takes the faults of a variable apart at the spaces: they have commas', () => {
    const { fault } = flagsOf({ env: { CCECHO_FAULT: 'latency=50ms,jitter=10ms slice=1B' } });
    expect(fault?.map(({ text }) => text)).toEqual(['latency=50ms,jitter=10ms', 'slice=1B']);
  });

  it('finds the file in CCECHO_CONFIG too', () => {
    using config = new ConfigFile({ port: 3 });
    const { flags } = readConfiguration(() => createProgram('1'), [], { CCECHO_CONFIG: config.path });
    expect(flags).toMatchObject({ port: 3, config: config.path });
  });

  it('returns the source and the text of each value', () => {
    const { sources } = configured({
      words: '--grace 3s',
      env: { CCECHO_UDP: 'true' },
      file: { 'max-buffered': '64MiB' },
    });
    expect([...sources].map(([name, { text }]) => [name, text])).toEqual([
      ['max-buffered', '64MiB'],
      ['udp', 'true'],
      ['grace', '3s'],
    ]);
    expect([...sources.values()].map(({ from }) => from.replace(/.*\//, ''))).toEqual([
      'ccecho.json: max-buffered',
      'CCECHO_UDP',
      '--grace',
    ]);
  });

  it('takes the faults of a variable that has more spaces, and lines, between them', () => {
    const { fault } = flagsOf({ env: { CCECHO_FAULT: '\n  latency=50ms\r\n  slice=1B \t loss=1%\n' } });
    expect(fault?.map(({ text }) => text)).toEqual(['latency=50ms', 'slice=1B', 'loss=1%']);
  });

  it.each(['', ' ', '\n'])('takes a variable that is blank (%j) for one that is not set', (blank) => {
    const env = {
      CCECHO_HOST: blank,
      CCECHO_PORT: blank,
      CCECHO_FAULT: blank,
      CCECHO_UDP: blank,
      CCECHO_CONFIG: blank,
    };
    expect(configured({ env })).toEqual(configured({}));
    expect(flagsOf({ env, file: { port: 3, fault: ['slice=1B'] } })).toMatchObject({ port: 3, fault: [{}] });
  });

  it('ignores what Kubernetes sets for services, of the name ccecho and of others that begin so', () => {
    const linksOf = (service: string) => ({
      [`${service}_SERVICE_HOST`]: '10.0.0.1',
      [`${service}_SERVICE_PORT`]: '7',
      [`${service}_SERVICE_PORT_ECHO_UDP`]: '7',
      [`${service}_PORT`]: 'tcp://10.0.0.1:7',
      [`${service}_PORT_7_TCP`]: 'tcp://10.0.0.1:7',
      [`${service}_PORT_7_TCP_PROTO`]: 'tcp',
      [`${service}_PORT_7_TCP_PORT`]: '7',
      [`${service}_PORT_7_TCP_ADDR`]: '10.0.0.1',
    });
    const env = { ...linksOf('CCECHO'), ...linksOf('CCECHO_A'), ...linksOf('CCECHO_LOG_LEVEL'), PORT: '1' };
    expect(configured({ env })).toEqual(configured({}));
  });

  it('warns of an unknown variable, and names the nearest', () => {
    const { flags, warnings } = configured({ env: { CCECHO_PROT: '1', CCECHO_NONSENSE: '1', CCECHO_GRACE: '3s' } });
    expect(flags.grace).toBe(3000);
    expect(warnings).toEqual([
      'CCECHO_PROT: unknown variable: did you mean CCECHO_PORT?',
      'CCECHO_NONSENSE: unknown variable',
    ]);
  });

  it.each<[Given, string]>([
    [{ env: { CCECHO_PORT: 'x' } }, 'CCECHO_PORT: invalid value "x"; expected a whole number from 0 to 65535'],
    [{ env: { CCECHO_UDP: 'yes' } }, 'CCECHO_UDP: "yes" is not a boolean; expected true or false'],
    [
      { env: { CCECHO_LOG_LEVEL: 'loud' } },
      'CCECHO_LOG_LEVEL: invalid value "loud"; expected one of error, warn, info, debug, silent',
    ],
    [
      { env: { CCECHO_DENY: 'x' } },
      'CCECHO_DENY: invalid network "x"; expected CIDR, for example 192.0.2.0/24, 2001:db8::/32 or 192.0.2.1',
    ],
    [{ file: { port: 'x' } }, 'ccecho.json: port: invalid value "x"; expected a whole number from 0 to 65535'],
    [{ file: { prot: 1 } }, 'ccecho.json: prot: unknown option: did you mean port?'],
    [{ file: { logLevel: 'info' } }, 'ccecho.json: logLevel: unknown option: did you mean log-level?'],
    [{ file: { nonsense: 1 } }, 'ccecho.json: nonsense: unknown option'],
    [{ file: { config: 'x' } }, 'ccecho.json: config: unknown option'],
    [{ file: { grace: 5 } }, 'ccecho.json: grace: 5 has no unit; expected 5s or 5ms'],
    [{ file: { udp: 'yes' } }, 'ccecho.json: udp: expected true or false'],
    [{ file: { port: [1] } }, 'ccecho.json: port: expected a string or a number'],
    [{ file: { port: null } }, 'ccecho.json: port: expected a string or a number'],
    [{ file: { host: [{}] } }, 'ccecho.json: host: expected a string or a list of strings'],
    [{ file: [] }, '--config ccecho.json: expected an object, for example {"port": 7007}'],
    [{ words: '--prot 1' }, "unknown option '--prot': did you mean --port?"],
  ])('explains what is wrong with %j, and where', (given, message) => {
    expect(usageError(given)).toBe(message);
  });

  it('reads a file that begins with a byte-order mark', () => {
    expect(flagsOf({ file: '\ufeff{"port": 3}' }).port).toBe(3);
  });

  it('escapes invisible characters of a file that is not JSON', () => {
    expect(usageError({ file: '\u200b{"port": 3}' })).toContain('\\u200b');
    expect(usageError({ file: '\x00{"port": 3}' })).toContain('\\x00');
  });

  it('reports in one line a file that is missing or not JSON', () => {
    expect(usageError({ file: '{\n"port": }' })).toMatch(/^--config ccecho\.json: invalid JSON: [^\n]+$/);
    expect(usageError({ words: '--config /nowhere/ccecho.json' })).toMatch(/^--config ccecho\.json: ENOENT[^\n]+$/);
  });
});
