import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { StopReport } from '../lib/events';

export interface Usage {
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A server under test, in a process of its own, so that its CPU is its own. */
export class Server {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(passes: number, ...faults: readonly string[]): Promise<Server> {
    const child = fork(join(__dirname, 'echoProcess.js'), [String(passes), ...faults]);
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Server(child, port);
  }

  async usage(): Promise<Usage> {
    this.child.send('usage');
    const [usage] = (await once(this.child, 'message')) as [Usage];
    return usage;
  }

  async stop(): Promise<StopReport> {
    this.child.send('stop');
    const [{ report }] = (await once(this.child, 'message')) as [{ report: StopReport }];
    return report;
  }
}
