import { reload, type Reloadable } from '../../../lib/cli/config/reload';
import type { ServerFlags } from '../../../lib/cli/args/createProgram';
import { EchoError } from '../../../lib/errors';

const running: ServerFlags = {
  port: 7,
  udpIgnorePorts: 'reserved',
  udpReceiveBuffer: 4096,
  maxBuffered: 1,
  grace: 10_000,
  logLevel: 'info',
  logFormat: 'text',
};

/** A part that takes one option, and remembers what it took. */
const partOf = (option: keyof ServerFlags) => {
  const taken: unknown[] = [];
  const part: Reloadable = {
    options: [option],
    prepare: (flags) => Promise.resolve(() => void taken.push(flags[option])),
  };
  return { part, taken };
};

const refusing: Reloadable = {
  options: ['fault'],
  prepare: () => Promise.reject(new EchoError('ERR_ECHO_OPTION', '--fault: no')),
};

describe('reload', () => {
  it('gives each part what has changed of it, and names it', async () => {
    const [held, idle] = [partOf('maxBuffered'), partOf('idleTimeout')];
    const { flags, ...said } = await reload(running, () => ({ ...running, maxBuffered: 2 }), [held.part, idle.part]);
    expect(said).toEqual({ level: 'info', message: 'reloaded --max-buffered' });
    expect(flags.maxBuffered).toBe(2);
    expect([held.taken, idle.taken]).toEqual([[2], []]);
  });

  it('reports that nothing has changed', async () => {
    const said = await reload(running, () => ({ ...running }), [partOf('maxBuffered').part]);
    expect(said).toEqual({ flags: running, level: 'info', message: 'reloaded, nothing changed' });
  });

  it('gives back what the new configuration leaves out', async () => {
    const { part, taken } = partOf('idleTimeout');
    await reload({ ...running, idleTimeout: 5 }, () => running, [part]);
    expect(taken).toEqual([undefined]);
  });

  it('warns of what takes a restart, which stays', async () => {
    const { part } = partOf('maxBuffered');
    const said = await reload(running, () => ({ ...running, port: 8, logLevel: 'debug', maxBuffered: 2 }), [part]);
    expect(said).toEqual({
      flags: { ...running, maxBuffered: 2 },
      level: 'warn',
      message: 'reloaded --max-buffered; restart to apply --port, --log-level',
    });
  });

  it('reports that files of --use are not loaded again', async () => {
    const using: ServerFlags = { ...running, use: [{ option: 'use', text: './shout.js' }] };
    expect((await reload(using, () => using, [])).message).toBe(
      'reloaded, nothing changed; files of --use are loaded once: restart to apply changes in them',
    );
  });

  it('changes nothing when one part refuses', async () => {
    const { part, taken } = partOf('maxBuffered');
    const said = await reload(running, () => ({ ...running, maxBuffered: 2, fault: [] }), [part, refusing]);
    expect(said).toEqual({
      flags: running,
      level: 'warn',
      message: 'not reloaded, the running configuration is unchanged: --fault: no',
    });
    expect(taken).toEqual([]);
  });

  it('changes nothing when it cannot be read', async () => {
    const read = (): never => {
      throw new EchoError('ERR_ECHO_OPTION', 'ccecho.json: port: no');
    };
    expect(await reload(running, read, [])).toMatchObject({ flags: running, level: 'warn' });
  });
});
