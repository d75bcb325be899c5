import { ServerLimits } from '../../../lib/cli/serve/serverLimits';
import type { ServerFlags } from '../../../lib/cli/args/createProgram';
import { ipv4 } from '../../support/interfaces';

const flags = { tcp: true, udp: true, maxBuffered: 1024 ** 2 } as unknown as ServerFlags;

/** A machine whose addresses come and go, with 128 file descriptors a process. */
const machine = (asked: Partial<ServerFlags> = {}) => {
  const said: string[] = [];
  const logger = {
    isLevelEnabled: () => true,
    log: ({ level, message }: { level: string; message: string }) => void said.push(`${level}: ${message}`),
  };
  let addresses = ['127.0.0.1'];
  const lookUp = () => ({ eth0: addresses.map((address) => ipv4(address)) });
  const limits = new ServerLimits({ ...flags, ...asked }, logger, lookUp, 128);
  const has = (...now: string[]): void => {
    addresses = now;
    limits.interfaces();
  };
  return { said, limits, has };
};

const AT_MOST = (n: number): string => `debug: at most ${n} connections: the file descriptor limit allows ${n}`;

describe('ServerLimits', () => {
  it('fits the connections beside the sockets of UDP, and follows addresses that come', () => {
    const { said, has } = machine();
    has('127.0.0.1', '192.0.2.1', '192.0.2.2');
    expect(said).toEqual([AT_MOST(95), AT_MOST(93)]);
  });

  it('stays with what fits when addresses go: their sockets outlive them, and they come back', () => {
    const { said, has } = machine();
    has('127.0.0.1', '192.0.2.1');
    has('127.0.0.1');
    has('127.0.0.1', '192.0.2.2');
    expect(said).toEqual([AT_MOST(95), AT_MOST(94)]);
  });

  it('warns of a limit that does not fit any more', () => {
    const { said, has } = machine({ maxConnections: 95 });
    has('127.0.0.1', '192.0.2.1');
    expect(said[1]).toMatch(/^warn: --max-connections 95: the file descriptor limit allows 94; /);
  });

  it('takes other flags, beside the sockets that there are', async () => {
    const { said, limits, has } = machine();
    has('127.0.0.1', '192.0.2.1');
    (await limits.prepare({ ...flags, maxConnections: 10 }))();
    expect(said[2]).toBe('debug: at most 10 connections: the file descriptor limit allows 94');
  });
});
