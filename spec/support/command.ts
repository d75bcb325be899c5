import type { Socket } from 'node:net';
import { Subject } from 'rxjs';
import { run } from '../../lib/cli/run';
import { bin, portOf, Transcript } from './process';
import { client, readAll } from './socket';

/** The command in this process, on a free port, with its clients. */
export class Command implements AsyncDisposable {
  readonly stdout = new Transcript();
  readonly stderr = new Transcript();
  readonly status: Promise<number>;
  readonly #signal$ = new Subject<void>();
  readonly #summary$ = new Subject<void>();
  readonly #clients: Socket[] = [];

  constructor(...words: string[]) {
    const { stdout, stderr } = this;
    const args = ['--port', '0', ...words];
    const self = { exec: bin, args };
    this.status = run(args, { stdout, stderr, signal$: this.#signal$, summary$: this.#summary$, self });
  }

  port(): Promise<number> {
    return portOf(this.stdout);
  }

  async client(host?: string): Promise<Socket> {
    const socket = await client(await this.port(), host);
    this.#clients.push(socket.on('error', () => undefined));
    return socket;
  }

  /** Sends, ends, reads what comes back, and waits until the server has logged that the client is gone. */
  async echo(text: string | Buffer): Promise<Buffer> {
    const socket = await this.client();
    socket.end(text);
    const received = await readAll(socket);
    await this.stdout.until(/disconnected\n$/);
    return received;
  }

  summarize(): void {
    this.#summary$.next();
  }

  stop(): Promise<number> {
    this.#signal$.next();
    return this.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#clients) socket.destroy();
    await this.stop();
  }
}
