import { spawn, type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { client } from './socket';

/** What was written to it; a test waits for words instead of sleeping. */
export class Transcript extends Writable {
  readonly #chunks: Buffer[] = [];

  constructor() {
    super();
    // As many may wait for it as a test has questions at once.
    this.setMaxListeners(0);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    this.emit('grown');
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }

  /** The lines that are complete. */
  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** Resolves with the match when the text has one; rejects when the end comes first. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.text);
        if (match) resolve(match);
        else if (this.writableFinished) reject(new Error(`the end came before ${pattern}: ${this.text}`));
        else return;
        this.off('grown', look).off('finish', look);
      };
      this.on('grown', look).on('finish', look);
      look();
    });
  }
}

/** A program that runs beside the test; `await using` ends it, whatever becomes of the test. */
export class Running implements AsyncDisposable {
  readonly stdout = new Transcript();
  readonly stderr = new Transcript();
  /** Resolves when the process is gone and its output is complete: its exit status, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;

  constructor(readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.pipe(this.stdout);
    child.stderr.pipe(this.stderr);
    // A program that is gone before it has read all is seen by its status.
    child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve(status ?? signal!));
    });
    this.ended.catch(() => undefined);
  }

  /** Sends a signal; resolves with how the process ended. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    this.child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    // What a test paused would never end.
    this.child.stdout.destroy();
    this.child.stderr.destroy();
    await this.ended.catch(() => undefined);
  }
}

/** Starts a program. */
export const start = (program: string, words: readonly string[], options: SpawnOptionsWithoutStdio = {}): Running =>
  new Running(spawn(program, words, options));

/** Reads the port from the first line of a server. */
export const portOf = async (stdout: Transcript): Promise<number> => {
  const [, port] = await stdout.until(/listening on \S*:(\d+)\D/);
  return Number(port);
};

/** A server that runs beside the test, with its clients. */
export class RunningServer extends Running {
  readonly #clients: Socket[] = [];

  port(): Promise<number> {
    return portOf(this.stdout);
  }

  /** A connected client; closed with the server. */
  async client(host?: string): Promise<Socket> {
    const socket = await client(await this.port(), host);
    this.#clients.push(socket.on('error', () => undefined));
    return socket;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#clients) socket.destroy();
    await super[Symbol.asyncDispose]();
  }
}

/** What runs the command: this Node, or another runtime that is to be tried, as `npm run test:bun` does. */
export const runtime = process.env['ECHO_RUNTIME'] ?? process.execPath;

/** The built command. */
export const bin = join(__dirname, '../../dist/bin/ccecho.js');

/** Starts the built command, on a free port. */
export const ccecho = (words: readonly string[] = [], options: SpawnOptionsWithoutStdio = {}): RunningServer => {
  if (!existsSync(bin)) throw new Error(`There is no ${bin}: npm run build makes it`);
  return new RunningServer(spawn(runtime, [bin, '--port', '0', ...words], options));
};
