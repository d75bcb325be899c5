/**
 * A Memcached: a conversation that is pulled line by line, with IxJS. The next line is read when its answer is wanted, so that a
 * client that does not read is not read either. What does not fit is evicted, the least recently used first.
 */
import { composeStages, pulled, reader, type Handler, type Reader } from 'ccecho';
import { repeatValue } from 'ix/asynciterable';
import { map, takeWhile } from 'ix/asynciterable/operators';
import { listen } from './listen';
import { Lru, type Item } from './lru';

const MAX_VALUE_BYTES = 1024 * 1024;
const MAX_KEY_BYTES = 250;
const DAYS_30_S = 30 * 24 * 3600;

const items = new Lru(64 * 1024 * 1024);
const counts = { cmd_get: 0, cmd_set: 0, get_hits: 0, get_misses: 0 };
let lastCas = 0;

const nowS = (): number => Date.now() / 1000;

/** Seconds from now, or a time of day if they are many; 0 is never. */
const expiry = (text: string | undefined): number => {
  const seconds = Number(text);
  if (!Number.isInteger(seconds)) throw new Error('CLIENT_ERROR invalid exptime argument');
  if (seconds === 0) return Infinity;
  return seconds > DAYS_30_S ? seconds : nowS() + seconds;
};

const find = (key: string): Item | undefined => {
  const item = items.get(key);
  if (item === undefined || item.expiresS > nowS()) return item;
  items.delete(key);
  return undefined;
};

const put = (key: string, flags: string, expiresS: number, value: Buffer): string => {
  lastCas += 1;
  items.set(key, { flags, expiresS, value, cas: lastCas });
  return 'STORED';
};

/** Says whether a command may store, and what, given what is there. */
const storing: Readonly<Record<string, (old: Item | undefined, value: Buffer, cas?: string) => Buffer | string>> = {
  set: (_, value) => value,
  add: (old, value) => (old ? 'NOT_STORED' : value),
  replace: (old, value) => (old ? value : 'NOT_STORED'),
  append: (old, value) => (old ? Buffer.concat([old.value, value]) : 'NOT_STORED'),
  prepend: (old, value) => (old ? Buffer.concat([value, old.value]) : 'NOT_STORED'),
  cas: (old, value, cas) => (old === undefined ? 'NOT_FOUND' : String(old.cas) === cas ? value : 'EXISTS'),
};

const store = async (command: string, words: readonly string[], client: Reader): Promise<string> => {
  const [key = '', flags = '', exptime, size = '', cas] = words;
  if (!/^\d+$/.test(size) || !/^\d{1,10}$/.test(flags)) throw new Error('CLIENT_ERROR bad command line format');
  if (Number(size) > MAX_VALUE_BYTES) {
    for (let left = Number(size) + 2; left > 0; left -= MAX_VALUE_BYTES)
      await client.exactly(Math.min(left, MAX_VALUE_BYTES));
    throw new Error('SERVER_ERROR object too large for cache');
  }
  const data = await client.exactly(Number(size) + 2);
  if (data.toString('latin1', data.length - 2) !== '\r\n') throw new Error('CLIENT_ERROR bad data chunk');
  if (key.length > MAX_KEY_BYTES) throw new Error('CLIENT_ERROR key too long');
  counts.cmd_set += 1;
  const old = find(key);
  // A copy: what is read is a view of a larger buffer.
  const value = storing[command]!(old, Buffer.from(data.subarray(0, -2)), cas);
  if (typeof value === 'string') return value;
  const isLonger = command === 'append' || command === 'prepend';
  return put(key, isLonger ? old!.flags : flags, isLonger ? old!.expiresS : expiry(exptime), value);
};

const get = (keys: readonly string[], withCas: boolean): Buffer => {
  const found = keys.flatMap((key) => {
    const item = find(key);
    counts.cmd_get += 1;
    counts[item ? 'get_hits' : 'get_misses'] += 1;
    if (!item) return [];
    const head = `VALUE ${key} ${item.flags} ${item.value.length}${withCas ? ` ${item.cas}` : ''}\r\n`;
    return [Buffer.from(head, 'latin1'), item.value, Buffer.from('\r\n')];
  });
  return Buffer.concat([...found, Buffer.from('END\r\n')]);
};

const count = ([key = '', delta = '']: readonly string[], sign: 1n | -1n): string => {
  if (!/^\d{1,20}$/.test(delta)) throw new Error('CLIENT_ERROR invalid numeric delta argument');
  const item = find(key);
  if (!item) return 'NOT_FOUND';
  const text = item.value.toString('latin1');
  if (!/^\d{1,20}$/.test(text)) throw new Error('CLIENT_ERROR cannot increment or decrement non-numeric value');
  const sum = BigInt(text) + sign * BigInt(delta);
  const value = String(BigInt.asUintN(64, sum < 0n ? 0n : sum));
  put(key, item.flags, item.expiresS, Buffer.from(value));
  return value;
};

const touch = ([key = '', exptime]: readonly string[]): string => {
  const item = find(key);
  if (item) items.set(key, { ...item, expiresS: expiry(exptime) });
  return item ? 'TOUCHED' : 'NOT_FOUND';
};

const flush = (): string => {
  items.clear();
  return 'OK';
};

const stats = (): string => {
  const { bytes, size: curr_items, maxBytes: limit_maxbytes, evictions } = items;
  const all = { pid: process.pid, uptime: Math.floor(process.uptime()), version: VERSION, ...counts };
  const lines = Object.entries({ ...all, curr_items, bytes, limit_maxbytes, evictions });
  return [...lines.map(([name, value]) => `STAT ${name} ${value}`), 'END'].join('\r\n');
};

const VERSION = '1.6.0';

const run = (command: string, words: readonly string[], client: Reader): string | Buffer | Promise<string> => {
  if (Object.hasOwn(storing, command)) return store(command, words, client);
  switch (command) {
    case 'get':
    case 'gets':
      if (words.length === 0) return 'ERROR';
      return get(words, command === 'gets');
    case 'delete':
      if (words.length !== 1) return 'ERROR';
      return find(words[0] ?? '') && items.delete(words[0]!) ? 'DELETED' : 'NOT_FOUND';
    case 'incr':
      return count(words, 1n);
    case 'decr':
      return count(words, -1n);
    case 'touch':
      return touch(words);
    case 'flush_all':
      return flush();
    case 'stats':
      return words.length === 0 ? stats() : 'ERROR';
    case 'version':
      return `VERSION ${VERSION}`;
    case 'verbosity':
      return words.length === 1 ? 'OK' : 'ERROR';
    default:
      return 'ERROR';
  }
};

const NOTHING = Buffer.alloc(0);

const answer = async (line: Buffer, client: Reader): Promise<Buffer> => {
  const [command = '', ...words] = line.toString('latin1').split(' ').filter(Boolean);
  const isQuiet = !/^(version|stats|gets?)$/.test(command) && words.at(-1) === 'noreply' && words.pop() !== undefined;
  try {
    const reply = await run(command, words, client);
    if (isQuiet) return NOTHING;
    return typeof reply === 'string' ? Buffer.from(`${reply}\r\n`, 'latin1') : reply;
  } catch (error) {
    const { message } = error as Error;
    if (!/^(CLIENT|SERVER)_ERROR /.test(message)) throw error;
    return Buffer.from(`${message}\r\n`);
  }
};

/** Reads a request, and resolves with the answer; `undefined` at the end. */
const exchange = async (client: Reader): Promise<Buffer | undefined> => {
  const line = await client.line();
  return line === undefined || line.toString('latin1', 0, 5).trim() === 'quit' ? undefined : answer(line, client);
};

const conversation = (bytes: AsyncIterable<Buffer>): AsyncIterable<Buffer> =>
  repeatValue(reader(bytes, { maxBytes: MAX_VALUE_BYTES + 2 })).pipe(
    map(exchange),
    takeWhile((reply): reply is Buffer => reply !== undefined),
  );

const converse = composeStages([pulled(conversation)]);

export const handler: Handler = (peer) => peer.bytes$.pipe(converse(peer), peer.writes());

if (require.main === module) listen(handler, Number(process.argv[2] ?? 11211));
