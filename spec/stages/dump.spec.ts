import { dump, type DumpOptions } from '../../lib/stages/dump';
import { latency } from '../../lib/faults/latency';
import { stageContext, type StageContextOptions } from '../../lib/stages/stageContext';
import { marbles } from '../support/marbles';
import { chunks } from '../support/chunks';

const bytes = chunks('abcdefghijklmnopqrstuvwxyz');

/** What a dump prints of a stream, in virtual time. */
const printed = (
  options: DumpOptions,
  source: string,
  partial: StageContextOptions = {},
  values: Record<string, Buffer> = bytes,
): readonly string[] => {
  let said: readonly string[] = [];
  marbles(({ cold, scheduler, expectObservable, flush }) => {
    const context = stageContext({ ...partial, scheduler });
    const original = cold(source, values);
    expectObservable(original.pipe(dump(options)(context))).toBe(source, values);
    flush();
    said = context.logged;
  });
  return said;
};

const column1 = { as: 'marbles', columnMs: 1 } as const;
const head = '127.0.0.1:50000        ';

describe('dump', () => {
  describe('hex', () => {
    it('shows bytes and characters like hexdump -C, under a header, and counts the place on', () => {
      const values = { a: Buffer.from('hello, world\n\0\xff and more', 'latin1'), b: Buffer.from([7]) };
      expect(printed({ as: 'hex', label: 'in' }, 'a-b|', {}, values)).toEqual([
        [
          '127.0.0.1:50000 in tcp at 0, 24 bytes',
          '00000000  68 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a 00 ff 20  |hello, world... |',
          '00000010  61 6e 64 20 6d 6f 72 65                           |and more|',
        ].join('\n'),
        ['127.0.0.1:50000 in tcp at 24, 1 byte', `00000018  07${' '.repeat(48)}|.|`].join('\n'),
      ]);
    });

    it('shows an empty datagram by its header', () => {
      const partial = { transport: 'udp', remote: { host: '::1', port: 9 } } as const;
      expect(printed({ as: 'hex' }, 'a|', partial, { a: Buffer.alloc(0) })).toEqual(['[::1]:9 udp at 0, 0 bytes']);
    });
  });

  describe('text', () => {
    it('shows the characters, a line for each, and escapes what would move the cursor', () => {
      const values = { a: Buffer.from('grüße\n\x1b[31mred\tx\r\n'), b: Buffer.from('\x7f') };
      expect(printed({ as: 'text' }, 'a-b|', {}, values)).toEqual([
        '127.0.0.1:50000 tcp at 0, 20 bytes\ngrüße\n\\x1b[31mred\\x09x\\x0d',
        '127.0.0.1:50000 tcp at 20, 1 byte\n\\x7f',
      ]);
    });

    it('escapes the controls of 8 bits too, which terminals obey, and what cannot be seen', () => {
      const values = { a: Buffer.from('\x9b2J\x85\u202egrüße') };
      expect(printed({ as: 'text' }, 'a|', {}, values)).toEqual([
        '127.0.0.1:50000 tcp at 0, 16 bytes\n\\x9b2J\\x85\\u202egrüße',
      ]);
    });

    it('shows an empty datagram by its header', () => {
      expect(printed({ as: 'text' }, 'a|', { transport: 'udp' }, { a: Buffer.alloc(0) })).toEqual([
        '127.0.0.1:50000 udp at 0, 0 bytes',
      ]);
    });
  });

  describe('marbles', () => {
    it('draws the stream, in the columns that it came in', () => {
      expect(printed(column1, '-a--b-c-----d|')).toEqual([`${head}-a--b-c-----d|`]);
      expect(printed(column1, '-a--b-#')).toEqual([`${head}-a--b-#`]);
      expect(printed(column1, '|')).toEqual([`${head}|`]);
    });

    it('draws what falls into one column as a group, the end too', () => {
      expect(printed(column1, '-(ab)--(c|)')).toEqual([`${head}-(ab)--(c|)`]);
    });

    it('draws columns of 10 ms by default', () => {
      expect(printed({ as: 'marbles' }, '15ms a 4ms b 30ms |')).toEqual([`${head}-ab--|`]);
    });

    it('draws the same bytes as the same letter, in the order first seen', () => {
      const values = { x: Buffer.from('one'), y: Buffer.from('two') };
      expect(printed(column1, 'x-y-x|', {}, values)).toEqual([`${head}a-b-a|`]);
    });

    it('shows what happens between two dumps: the same letters, later', () => {
      marbles(({ cold, scheduler, flush, expectObservable }) => {
        const context = stageContext({ scheduler });
        const chain = cold('-q--r-s-----t|', bytes).pipe(
          dump({ ...column1, label: 'in' })(context),
          latency({ delayMs: 8 })(context),
          dump({ ...column1, label: 'out' })(context),
        );
        expectObservable(chain);
        flush();
        expect(context.logged).toEqual([
          '127.0.0.1:50000 in     -a--b-c-----d|',
          '127.0.0.1:50000 out    ---------a--b-c-----(d|)',
        ]);
      });
    });

    it('writes a line every 60 columns, and continues in the next', () => {
      const source = `${'a-'.repeat(50)}|`;
      const lines = printed(column1, source).map((line) => line.slice(head.length));
      expect(lines).toHaveLength(2);
      expect(lines[0]!.length).toBeGreaterThanOrEqual(60);
      expect(lines.join('')).toBe(source);
    });

    it('writes a long silence as time', () => {
      expect(printed(column1, 'a 499ms b|')).toEqual([`${head}a 499ms b|`]);
    });

    it('draws lines that can be pasted into a marble test', () => {
      const source = '-a-(bc)-- 300ms d-e 5ms (f|)';
      marbles(({ cold, scheduler, flush, expectObservable }) => {
        const context = stageContext({ scheduler });
        const stream = cold(source, bytes).pipe(dump(column1)(context));
        expectObservable(stream);
        flush();
        const [line] = context.logged;
        expect(context.logged).toHaveLength(1);
        marbles((again) => {
          const pasted = line!.slice(head.length);
          again.expectObservable(again.cold(source, bytes)).toBe(pasted, bytes);
        });
      });
    });

    it('shows what came so far when it is unsubscribed, without an end', () => {
      marbles(({ cold, scheduler, flush, expectObservable }) => {
        const context = stageContext({ scheduler });
        expectObservable(cold('a-b-c-d', bytes).pipe(dump(column1)(context)), '^----!');
        flush();
        expect(context.logged).toEqual([`${head}a-b-c`]);
      });
    });

    it('gives a star to what comes after all letters are taken', () => {
      const values = Object.fromEntries(
        Array.from({ length: 64 }, (_, index) => [String.fromCodePoint(0x4e00 + index), Buffer.from([index])]),
      );
      const lines = printed(column1, `${Object.keys(values).join('')}|`, {}, values);
      expect(lines.map((line) => line.slice(head.length)).join('')).toMatch(/^abc.*XYZ0123456789\*\*\|$/);
    });
  });
});
