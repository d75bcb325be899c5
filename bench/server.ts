import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StopReport } from '../lib/events';

export interface Usage {
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly peakBytes: number;
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** How to start a server, and whether it answers over its parent's channel (see announce) or only prints its port. */
export interface Program {
  readonly command: readonly [string, ...string[]];
  readonly speaks: 'channel' | 'port';
}

/** A clock tick of /proc: 1/100 s on every Linux that is seen today. */
const TICK_US = 10_000;

const peer = (name: string): string => join(__dirname, 'peers', `${name}.js`);

/** A server script of ours under this Node. */
export const script = (name: string, ...words: readonly string[]): Program => ({
  command: [process.execPath, peer(name), ...words],
  speaks: 'channel',
});

/** A server under test, in a process of its own, so that its CPU and its memory are its own. */
export class Server {
  /** What it said on stderr, which is passed on. */
  stderr = '';
  /** Its exit status, or the signal that ended it. */
  readonly exited: Promise<number | string>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly speaks: Program['speaks'],
    readonly port: number,
  ) {
    this.exited = once(child, 'exit').then(([status, signal]: (number | string)[]) => status ?? signal!);
    child.stderr!.on('data', (said: Buffer) => (this.stderr += said.toString())).pipe(process.stderr);
  }

  static async start({ command, speaks }: Program): Promise<Server> {
    const [file, ...words] = command;
    // One core is what is compared: Go would start a thread for each that it sees.
    const env = { ...process.env, GOMAXPROCS: '1' };
    const child = spawn(file, words, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env });
    const [said] = (await once(
      speaks === 'channel' ? child : child.stdout!,
      speaks === 'channel' ? 'message' : 'data',
    )) as [{ port: number } | Buffer];
    return new Server(child, speaks, 'port' in said ? said.port : Number(said.toString()));
  }

  /** Keeps it on one core, where the machine can. */
  pinTo(core: number): void {
    pin(this.child.pid!, core);
  }

  async usage(): Promise<Usage> {
    const pid = this.child.pid!;
    if (this.speaks === 'port') return { ...usageOf(pid), counts: {} };
    const usage = await this.ask<Usage>('usage');
    return { ...usage, peakBytes: peakOf(pid) ?? usage.peakBytes };
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** How many files and sockets it has open. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.child.pid!}/fd`).length;
  }

  async stop(): Promise<StopReport> {
    return (await this.ask<{ report: StopReport }>('stop')).report;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Rejects when it ended in place of answering. */
  private async ask<T>(word: string): Promise<T> {
    // With a callback, since a channel that is closed would be an unhandled error without one.
    this.child.send(word, () => undefined);
    const gone = this.exited.then((status) => Promise.reject(new Error(`The server ended by itself: ${status}`)));
    const [answer] = (await Promise.race([once(this.child, 'message'), gone])) as [T];
    return answer;
  }
}

/** Keeps a process and all its threads on one core; where there is no `taskset`, everything stays where it is. */
export const pin = (pid: number, core: number): boolean =>
  spawnSync('taskset', ['-acp', String(core), String(pid)]).status === 0;

const usageOf = (pid: number): Omit<Usage, 'counts'> => {
  // After the name, which may hold blanks: user and system ticks are the 12th and 13th word.
  const words = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return {
    cpuUs: (Number(words[11]) + Number(words[12])) * TICK_US,
    rssBytes: kilobytes(pid, 'VmRSS'),
    peakBytes: kilobytes(pid, 'VmHWM'),
  };
};

const peakOf = (pid: number): number | undefined => {
  try {
    return kilobytes(pid, 'VmHWM');
  } catch {
    return undefined;
  }
};

const kilobytes = (pid: number, name: string): number =>
  1024 * Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
