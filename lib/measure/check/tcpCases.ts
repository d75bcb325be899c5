import { firstValueFrom } from 'rxjs';
import { tcpClient } from '../../tcp/tcpClient';
import { OK, type CheckCase, type CheckContext, type CheckResult } from './checkCase';
import { converse, readLate, type Conversation, type ConversationOptions } from './tcpConversation';

const KIB = 1024;

/** Bytes that tell their place, so that a swap or a loss is seen. */
const bytesOf = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 0xff;
  return bytes;
};

/** The conversations of a TCP echo, from the simplest on. */
export const tcpCases: readonly CheckCase[] = [
  { name: '1 B', run: (context) => echo(context, [bytesOf(1)]) },
  { name: 'empty, half-close', run: (context) => echo(context, [], { halfCloses: true }) },
  { name: '64 KiB', run: (context) => echo(context, [bytesOf(64 * KIB)]) },
  {
    name: '1000 x 3 B',
    run: (context) => {
      const bytes = bytesOf(3000);
      return echo(
        context,
        Array.from({ length: 1000 }, (_, index) => bytes.subarray(index * 3, index * 3 + 3)),
      );
    },
  },
  { name: '64 KiB, half-close', run: (context) => echo(context, [bytesOf(64 * KIB)], { halfCloses: true }) },
  {
    name: '4 MiB, half-close, late reader',
    run: async (context) => {
      const sent = bytesOf(4096 * KIB);
      return judged(await readLate(context, sent, 300), sent, { halfCloses: true });
    },
  },
  {
    name: 'three clients at once',
    run: async (context) => {
      const all = await Promise.all([1, 2, 3].map(() => converse(context, [bytesOf(1000)])));
      const served = all.filter(({ received }) => received.equals(bytesOf(1000))).length;
      if (served === 3) return OK;
      return { verdict: 'failed', detail: `${served} of 3 were served`, cause: 'serves one client at a time: nc -l' };
    },
  },
  {
    name: 'after a reset',
    run: async (context) => {
      const connection = await firstValueFrom(tcpClient({ ...context.target, scheduler: context.scheduler })).catch(
        () => undefined,
      );
      connection?.abort();
      return echo(context, [bytesOf(100)]);
    },
  },
];

const echo = async (
  context: CheckContext,
  chunks: readonly Buffer[],
  options: ConversationOptions = {},
): Promise<Omit<CheckResult, 'transport' | 'name'>> => {
  return judged(await converse(context, chunks, options), Buffer.concat(chunks), options);
};

const judged = (
  conversation: Conversation,
  sent: Buffer,
  options: ConversationOptions,
): Omit<CheckResult, 'transport' | 'name'> => {
  const isEnded = conversation.end === (options.halfCloses ? 'FIN' : 'whole');
  if (isEnded && conversation.received.equals(sent)) return OK;
  const cause = causeOf(conversation, sent, options);
  return { verdict: 'failed', detail: detailOf(conversation, sent), ...(cause !== undefined && { cause }) };
};

const detailOf = ({ received, end }: Conversation, sent: Buffer): string => {
  if (end === 'refused') return 'the connection is refused';
  const isPrefix = sent.subarray(0, received.length).equals(received);
  const amount = `${received.length} of ${sent.length} bytes came back${isPrefix ? '' : ', not as they were sent'}`;
  return {
    FIN: `${amount}, then FIN`,
    whole: amount,
    timeout: `${amount}, then nothing`,
    reset: `${amount}, then a reset`,
  }[end];
};

const causeOf = (
  { received, end }: Conversation,
  sent: Buffer,
  { halfCloses }: ConversationOptions,
): string | undefined => {
  if (end === 'refused') return 'answers only its first client: nc -l without -k';
  if (halfCloses && end === 'FIN' && received.length < sent.length)
    return 'ends at a half-close: ncat -e, a pipe without allowHalfOpen';
  if (halfCloses && end === 'timeout') return 'stops when the client reads late: ncat -e, socat PIPE';
  return undefined;
};
