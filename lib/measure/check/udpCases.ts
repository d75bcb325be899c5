import { lastValueFrom, timer } from 'rxjs';
import { formatEndpoint } from '../../endpoint';
import { OK, type CheckCase, type CheckContext, type CheckResult } from './checkCase';
import { UdpExchange } from './udpExchange';

/** The time between two datagrams: xinetd turns a service off that gets 50 a second. */
const PACE_MS = 30;
/** How many are sent at once. */
const BURST = 10;
/** The payload of an unfragmented datagram on Ethernet over IPv4. */
const UNFRAGMENTED_BYTES = 1472;

type Outcome = Omit<CheckResult, 'transport' | 'name'>;

/** The servers that are known to truncate datagrams to a size. */
const truncatedBy: Readonly<Record<number, string>> = {
  2048: 'xinetd',
  4096: 'the inetds of the BSDs, busybox',
  8192: 'socat, ncat, inetutils inetd, Python socketserver',
};

const datagram = (bytes: number, seed = 0): Buffer => {
  const data = Buffer.alloc(bytes);
  for (let index = 0; index < bytes; index += 1) data[index] = (index * 7 + seed) & 0xff;
  return data;
};

/** The questions to a UDP echo: sizes ascending, then order and bursts, the empty datagram last. */
export const udpCases = (isIpv6: boolean): readonly CheckCase[] => [
  ...[1, 512, 1472, 1473, 2048, 2049, 4096, 4097, 8192, 8193, isIpv6 ? 65_527 : 65_507].map((bytes) => ({
    name: `${bytes} B`,
    run: (context: CheckContext) => ofSize(context, bytes),
  })),
  { name: `${BURST} x 3 B, paced`, run: (context) => several(context, PACE_MS) },
  { name: `${BURST} x 3 B, at once`, run: (context) => byLuck(() => several(context, 0)) },
  { name: 'two sockets', run: twoSockets },
  { name: 'source address', run: sourceAddress },
  { name: '0 B', run: (context) => ofSize(context, 0) },
];

const pace = ({ scheduler }: CheckContext): Promise<unknown> => lastValueFrom(timer(PACE_MS, scheduler));

const ofSize = async (context: CheckContext, bytes: number): Promise<Outcome> => {
  await pace(context);
  await using exchange = new UdpExchange(context);
  const sent = datagram(bytes);
  const code = await exchange.send(sent);
  if (code !== undefined) return { verdict: 'unknown', detail: `this machine does not send it (${code})` };
  await exchange.until(1);
  const [answer] = exchange.returned;
  if (answer === undefined) return unanswered(context, bytes);
  if (answer.data.equals(sent)) return OK;
  const isPrefix = sent.subarray(0, answer.data.length).equals(answer.data);
  const detail = isPrefix
    ? `truncated to ${answer.data.length} bytes`
    : `${answer.data.length} bytes came back, not as they were sent`;
  const cause = isPrefix ? truncatedBy[answer.data.length] : undefined;
  return { verdict: 'failed', detail, ...(cause !== undefined && { cause }) };
};

/** `ccecho check` runs the cases only after the server has answered a first datagram, from another socket. */
const FIRST_CLIENT = 'answers only its first client (nc -u -l), or none';

const unanswered = ({ hasSucceeded }: CheckContext, bytes: number): Outcome => {
  if (!hasSucceeded()) return { verdict: 'failed', detail: 'no answer', cause: FIRST_CLIENT };
  if (bytes === 0) return { verdict: 'failed', detail: 'no answer', cause: 'ignores empty datagrams: socat, ncat' };
  if (bytes <= UNFRAGMENTED_BYTES) return { verdict: 'failed', detail: 'no answer' };
  // Only a truncated answer accuses the server.
  return { verdict: 'unknown', detail: 'no answer', cause: 'the path may drop fragments' };
};

/** Several datagrams, each of its own: all come back, whole and apart. */
const several = async (context: CheckContext, gapMs: number): Promise<Outcome> => {
  await pace(context);
  await using exchange = new UdpExchange(context);
  const sent = Array.from({ length: BURST }, (_, index) => datagram(3, index * 50));
  for (const each of sent) {
    await exchange.send(each);
    if (gapMs > 0) await lastValueFrom(timer(gapMs, context.scheduler));
  }
  await exchange.until(BURST);
  const { returned } = exchange;
  const whole = sent.filter((each) => returned.some(({ data }) => data.equals(each))).length;
  if (whole === BURST && returned.length === BURST) return OK;
  const merged = returned.find(({ data }) => data.length > 3);
  if (merged)
    return {
      verdict: 'failed',
      detail: `${merged.data.length} bytes came back in one datagram`,
      cause: 'merges datagrams: socat PIPE, ncat',
    };
  return {
    verdict: 'failed',
    detail: `${whole} of ${BURST} came back`,
    ...(!context.hasSucceeded() ? { cause: FIRST_CLIENT } : gapMs === 0 && { cause: 'drops bursts: xinetd' }),
  };
};

/** Runs a case three times: what fails only now and then is said to. */
const byLuck = async (run: () => Promise<Outcome>): Promise<Outcome> => {
  const all = [await run(), await run(), await run()];
  const failed = all.filter(({ verdict }) => verdict !== 'ok');
  const [first] = failed;
  if (first === undefined) return OK;
  return failed.length === all.length ? first : { ...first, verdict: 'sometimes' };
};

const twoSockets = async (context: CheckContext): Promise<Outcome> => {
  await pace(context);
  await using first = new UdpExchange(context);
  await using second = new UdpExchange(context);
  await first.send(datagram(10, 1));
  await first.until(1);
  await pace(context);
  await second.send(datagram(10, 2));
  await second.until(1);
  if (first.returned.length > 0 && second.returned.length > 0) return OK;
  if (first.returned.length === 0) return { ...unanswered(context, 10), detail: 'no answer to the first' };
  return { verdict: 'failed', detail: 'no answer to the second', cause: 'answers only its first client: nc -u -l' };
};

/** On loopback, another address of the same machine is asked: a server with one socket for all answers from the wrong one. */
const sourceAddress = async (context: CheckContext): Promise<Outcome> => {
  await pace(context);
  const { host, port } = context.target;
  const asked = { host: host === '127.0.0.1' ? '127.0.0.2' : host, port };
  await using exchange = new UdpExchange(context, asked);
  await exchange.send(datagram(10));
  await exchange.until(1, Math.min(context.limitMs, 500));
  const [answer] = exchange.returned;
  if (answer === undefined && asked.host !== host) return { verdict: 'unknown', detail: `${asked.host} is not served` };
  if (answer === undefined) return unanswered(context, 10);
  if (answer.from === formatEndpoint(asked)) return OK;
  return {
    verdict: 'failed',
    detail: `asked ${formatEndpoint(asked)}, answered from ${answer.from}`,
    cause: 'one socket for all addresses',
  };
};
