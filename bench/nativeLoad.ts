import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Load, LoadKind, LoadOptions } from './load';

/** The clients of `peers/load.c`: a process that is asked by letters on its stdin, and answers in lines. */
export const nativeLoad =
  (program: string) =>
  (kind: LoadKind, { port, clients, bytes, depth }: LoadOptions): Promise<Load> => {
    const child = spawn(program, [kind, ...[port, clients, bytes, depth].map(String)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const lines = createInterface(child.stdout);
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    // It may be gone already: what it said of that is the error.
    child.stdin.on('error', () => undefined);
    const closed = once(child, 'close');
    const gone = closed.then(() => Promise.reject(new Error(`The run is void: ${said.trim()}`)));
    gone.catch(() => undefined);
    const ask = async (letter: 'c' | 's'): Promise<number[]> => {
      const answer = once(lines, 'line') as Promise<[string]>;
      child.stdin.write(letter);
      const [line] = await Promise.race([answer, gone]);
      return line.split(' ').map(Number);
    };
    return Promise.resolve({
      messages: async () => (await ask('c'))[0]!,
      reset: () => void child.stdin.write('r'),
      seen: async () => {
        const [messages, seconds, p50Us, p99Us] = (await ask('s')) as [number, number, number, number];
        return { messages, perSecond: messages / seconds, p50Us, p99Us };
      },
      stop: async () => {
        child.stdin.end();
        await closed;
      },
    });
  };
