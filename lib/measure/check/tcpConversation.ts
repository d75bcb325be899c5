import { connect } from 'node:net';
import { concat, firstValueFrom, from, NEVER, takeUntil, timer, toArray, type Observable } from 'rxjs';
import { EchoError } from '../../errors';
import type { Connection } from '../../peer';
import { tcpClient } from '../../tcp/tcpClient';
import type { CheckContext } from './checkCase';

/** What came back in a conversation, and how it ended. */
export interface Conversation {
  readonly received: Buffer;
  /** `FIN`: the server ended its side; `whole`: as much came back as was sent; else the conversation did not end. */
  readonly end: 'FIN' | 'whole' | 'timeout' | 'reset' | 'refused';
}

export interface ConversationOptions {
  /** Whether our side ends (FIN) behind what is sent. Default: `false`. */
  readonly halfCloses?: boolean;
}

/** Sends chunks to a TCP server, and reads until they are back, or until FIN after a half-close. */
export const converse = async (
  { target, limitMs, scheduler }: CheckContext,
  chunks: readonly Buffer[],
  { halfCloses = false }: ConversationOptions = {},
): Promise<Conversation> => {
  const deadline$ = timer(limitMs, scheduler);
  const connection = await connectOnce(tcpClient({ ...target, scheduler }), deadline$);
  if (connection === undefined) return { received: Buffer.alloc(0), end: 'refused' };
  const sentBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const received: Buffer[] = [];
  let bytes = 0;
  let isOver = false;
  const deadline = deadline$.subscribe(() => {
    isOver = true;
    connection.abort();
  });
  const source$ = halfCloses ? from(chunks) : concat(from(chunks), NEVER);
  const sending = source$.pipe(connection.writes()).subscribe({ error: () => undefined });
  const result = (end: Conversation['end']): Conversation => ({ received: Buffer.concat(received), end });
  try {
    for await (const chunk of connection.bytes) {
      received.push(chunk);
      bytes += chunk.length;
      if (!halfCloses && bytes >= sentBytes) return result('whole');
    }
    return result('FIN');
  } catch (error) {
    if (!(error instanceof EchoError)) throw error;
    return result(isOver ? 'timeout' : 'reset');
  } finally {
    deadline.unsubscribe();
    sending.unsubscribe();
    connection.abort();
  }
};

/** The connection; `undefined` if it is refused, or does not come in time. */
const connectOnce = async (
  connection$: Observable<Connection>,
  deadline$: Observable<unknown>,
): Promise<Connection | undefined> => {
  try {
    const [connection] = await firstValueFrom(connection$.pipe(takeUntil(deadline$), toArray()));
    return connection;
  } catch {
    return undefined;
  }
};

/**
 * Half-closes behind `sent`, and only then begins to read, after `pauseMs`. A plain socket, since a `Connection` discards what
 * nothing reads once its sink has completed.
 */
export const readLate = ({ target, limitMs }: CheckContext, sent: Buffer, pauseMs: number): Promise<Conversation> =>
  new Promise((resolve) => {
    const socket = connect({ ...target, allowHalfOpen: true, timeout: limitMs }).pause();
    const received: Buffer[] = [];
    let isConnected = false;
    const end = (how: Conversation['end']) => (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ received: Buffer.concat(received), end: how });
    };
    const timer = setTimeout(() => socket.resume(), pauseMs);
    socket
      .on('connect', () => {
        isConnected = true;
        socket.end(sent);
      })
      .on('data', (chunk) => received.push(chunk))
      .on('end', end('FIN'))
      .on('timeout', end('timeout'))
      .on('error', () => end(isConnected ? 'reset' : 'refused')());
  });
