/**
 * A Redis: a request is a frame, a reply is what a command makes of it, `frames → map → writes`. What is published passes a
 * `Subject`, which cannot wait: a subscriber that does not read is dropped.
 */
import { frames, type Handler, type Peer } from 'ccecho';
import { catchError, filter, finalize, map, merge, of, Subject, takeUntil, takeWhile, tap } from 'rxjs';
import { listen } from './listen';
import { array, bulk, failure, integer, MAX_REQUEST_BYTES, NIL, OK, resp, simple, type Words } from './resp';

interface Entry {
  readonly value: Buffer;
  readonly expiresMs: number;
}

interface Message {
  readonly channel: string;
  readonly text: Buffer;
}

/** What may wait for a client that does not read: of its replies, and of what others publish to it. */
const MAX_UNREAD = { replies: 64 * 1024 * 1024, messages: 1024 * 1024 };

const store = new Map<string, Entry>();
const published$ = new Subject<Message>();
const subscribers = new Map<string, number>();

const keyOf = (word: Buffer): string => word.toString('latin1');

const read = (key: string): Buffer | undefined => {
  const entry = store.get(key);
  if (entry === undefined || entry.expiresMs > performance.now()) return entry?.value;
  store.delete(key);
  return undefined;
};

const set = ([key, value, ...options]: Words): Buffer => {
  let expiresMs = Infinity;
  let isAsked = true;
  for (let index = 0; index < options.length; index += 1) {
    const option = keyOf(options[index]!).toUpperCase();
    if (option === 'NX' || option === 'XX') isAsked &&= (read(keyOf(key!)) === undefined) === (option === 'NX');
    else if (option === 'EX' || option === 'PX') {
      const time = Number(options[(index += 1)]);
      if (!Number.isInteger(time) || time <= 0) throw new Error("ERR invalid expire time in 'set' command");
      expiresMs = performance.now() + time * (option === 'EX' ? 1000 : 1);
    } else throw new Error('ERR syntax error');
  }
  // A copy: the words are views of what was read.
  if (isAsked) store.set(keyOf(key!), { value: Buffer.from(value!), expiresMs });
  return isAsked ? OK : NIL;
};

const increment = (word: Buffer): Buffer => {
  const key = keyOf(word);
  const text = read(key)?.toString('latin1') ?? '0';
  if (!/^-?\d{1,19}$/.test(text)) throw new Error('ERR value is not an integer or out of range');
  const value = BigInt.asIntN(64, BigInt(text) + 1n);
  store.set(key, { value: Buffer.from(String(value)), expiresMs: store.get(key)?.expiresMs ?? Infinity });
  return integer(value);
};

const expire = ([word, seconds]: Words): Buffer => {
  const key = keyOf(word!);
  const value = read(key);
  if (!/^-?\d+$/.test(String(seconds))) throw new Error('ERR value is not an integer or out of range');
  if (value) store.set(key, { value, expiresMs: performance.now() + Number(seconds) * 1000 });
  return integer(value ? 1 : 0);
};

const timeToLive = (key: string): Buffer => {
  if (read(key) === undefined) return integer(-2);
  const { expiresMs } = store.get(key)!;
  return integer(expiresMs === Infinity ? -1 : Math.round((expiresMs - performance.now()) / 1000));
};

const publish = ([word, text]: Words): Buffer => {
  const channel = keyOf(word!);
  published$.next({ channel, text: Buffer.from(text!) });
  return integer(subscribers.get(channel) ?? 0);
};

const count = (channel: string, by: number): void => {
  const clients = (subscribers.get(channel) ?? 0) + by;
  if (clients > 0) subscribers.set(channel, clients);
  else subscribers.delete(channel);
};

/** What one client has subscribed to. */
export class Session {
  readonly channels = new Set<string>();
  hasQuit = false;

  quit(): Buffer {
    this.hasQuit = true;
    return OK;
  }

  subscribe(words: Words): Buffer {
    return Buffer.concat(words.map((word) => this.#change('subscribe', keyOf(word), 1)));
  }

  unsubscribe(words: Words): Buffer {
    const names = words.length > 0 ? words.map(keyOf) : [...this.channels];
    return Buffer.concat(names.map((name) => this.#change('unsubscribe', name, -1)));
  }

  #change(kind: 'subscribe' | 'unsubscribe', name: string, by: 1 | -1): Buffer {
    if (this.channels.has(name) === by < 0) count(name, by);
    if (by > 0) this.channels.add(name);
    else this.channels.delete(name);
    return array([bulk(Buffer.from(kind)), bulk(Buffer.from(name, 'latin1')), integer(this.channels.size)]);
  }
}

/** The commands, with the least and the most words behind their names. */
const commands: Readonly<Record<string, readonly [number, number, (words: Words, session: Session) => Buffer]>> = {
  PING: [0, 1, ([word]) => (word ? bulk(word) : simple('PONG'))],
  ECHO: [1, 1, ([word]) => bulk(word)],
  SET: [2, Infinity, set],
  GET: [1, 1, ([key]) => bulk(read(keyOf(key!)))],
  MGET: [1, Infinity, (keys) => array(keys.map((key) => bulk(read(keyOf(key)))))],
  DEL: [1, Infinity, (keys) => integer(keys.filter((key) => read(keyOf(key)) && store.delete(keyOf(key))).length)],
  EXISTS: [1, Infinity, (keys) => integer(keys.filter((key) => read(keyOf(key))).length)],
  INCR: [1, 1, ([key]) => increment(key!)],
  EXPIRE: [2, 2, expire],
  TTL: [1, 1, ([key]) => timeToLive(keyOf(key!))],
  SUBSCRIBE: [1, Infinity, (words, session) => session.subscribe(words)],
  UNSUBSCRIBE: [0, Infinity, (words, session) => session.unsubscribe(words)],
  PUBLISH: [2, 2, publish],
  COMMAND: [0, Infinity, () => array([])],
  QUIT: [0, 0, (_, session) => session.quit()],
};

export const execute = ([name, ...words]: Words, session: Session): Buffer => {
  const asked = name?.toString('latin1') ?? '';
  const [least, most, run] = commands[asked.toUpperCase()] ?? [];
  if (!run) return failure(`ERR unknown command '${asked.replace(/[\r\n]/g, ' ').slice(0, 128)}'`);
  if (words.length < least! || words.length > most!)
    return failure(`ERR wrong number of arguments for '${asked.toLowerCase()}' command`);
  try {
    return run(words, session);
  } catch (error) {
    return failure((error as Error).message);
  }
};

/** Throws when more is waiting for a client: an error of the handler resets it. */
const assertReads = (peer: Peer, bytes: number) => (): void => {
  if (peer.budget.bufferedBytes > bytes)
    throw new Error(`The client does not read: more than ${bytes} bytes are waiting`);
};

export const handler: Handler = (peer) => {
  const session = new Session();
  const left$ = new Subject<void>();
  const replies$ = peer.bytes$.pipe(
    frames(resp, { maxBytes: MAX_REQUEST_BYTES }),
    map((words) => execute(words, session)),
    // eslint-disable-next-line rxjs-x/no-ignored-takewhile-value -- the reply to QUIT is as any other
    takeWhile(() => !session.hasQuit, true),
    catchError((error: unknown) => of(failure((error as Error).message))),
    tap(assertReads(peer, MAX_UNREAD.replies)),
    finalize(() => left$.next()),
  );
  const messages$ = published$.pipe(
    filter(({ channel }) => session.channels.has(channel)),
    tap(assertReads(peer, MAX_UNREAD.messages)),
    map(({ channel, text }) => array([bulk(Buffer.from('message')), bulk(Buffer.from(channel, 'latin1')), bulk(text)])),
    takeUntil(left$),
    finalize(() => session.unsubscribe([])),
  );
  return merge(replies$, messages$).pipe(peer.writes());
};

if (require.main === module) listen(handler, Number(process.argv[2] ?? 6379));
