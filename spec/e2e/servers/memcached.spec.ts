import { ask, exampleServer, itSurvivesCloseOrders } from '../../support/exampleServer';
import { installed } from '../../support/installed';
import { start } from '../../support/process';
import { Lru } from '../../../examples/servers/lru';

jest.setTimeout(60_000);

const item = (value: string) => ({ flags: '0', value: Buffer.from(value), cas: 1, expiresS: Infinity });

describe('examples/servers/memcached', () => {
  itSurvivesCloseOrders(() => exampleServer('memcached'), {
    question: 'set k 5 0 5\r\nhello\r\nget k\r\n',
    answer: /^STORED\r\nVALUE k 5 5\r\nhello\r\nEND\r\n$/,
  });

  it.each([
    ['version', 'VERSION 1.6.0\r\n'],
    [
      'set k 0 0 1\r\n1\r\nadd k 0 0 1\r\n2\r\nreplace k 0 0 1\r\n3\r\nget k',
      'STORED\r\nNOT_STORED\r\nSTORED\r\nVALUE k 0 1\r\n3\r\nEND\r\n',
    ],
    [
      'set k 7 0 1\r\nb\r\nappend k 0 0 1\r\nc\r\nprepend k 0 0 1\r\na\r\nget k',
      'STORED\r\nSTORED\r\nSTORED\r\nVALUE k 7 3\r\nabc\r\nEND\r\n',
    ],
    [
      'set k 0 0 1 noreply\r\n1\r\nincr k 41\r\ndecr k 100\r\nincr no 1\r\nincr k x',
      '42\r\n0\r\nNOT_FOUND\r\nCLIENT_ERROR invalid numeric delta argument\r\n',
    ],
    [
      'set k 0 0 1\r\na\r\ngets k\r\ncas k 0 0 1 1\r\nb\r\ncas k 0 0 1 1\r\nc\r\ncas no 0 0 1 1\r\nc',
      'STORED\r\nVALUE k 0 1 1\r\na\r\nEND\r\nSTORED\r\nEXISTS\r\nNOT_FOUND\r\n',
    ],
    ['set k 0 -1 1\r\na\r\nget k', 'STORED\r\nEND\r\n'],
    ['set k 0 0 1\r\na\r\ntouch k -1\r\ntouch k 1\r\nget k', 'STORED\r\nTOUCHED\r\nNOT_FOUND\r\nEND\r\n'],
    ['set k 0 0 1\r\na\r\ndelete k\r\ndelete k\r\nflush_all', 'STORED\r\nDELETED\r\nNOT_FOUND\r\nOK\r\n'],
    ['set k 0 0 1\r\nabc', 'CLIENT_ERROR bad data chunk\r\n'],
    ['set k', 'CLIENT_ERROR bad command line format\r\n'],
    ['nonsense', 'ERROR\r\n'],
    ['get k\r\nquit\r\nversion', 'END\r\n'],
  ])('answers %j', async (question, answer) => {
    await using server = exampleServer('memcached');
    expect((await ask(await server.port(), `${question}\r\n`)).startsWith(answer)).toBe(true);
  });

  it('refuses a value of more than 1 MiB, and answers what comes behind it', async () => {
    await using server = exampleServer('memcached');
    const question = `set k 0 0 3000000\r\n${'x'.repeat(3_000_000)}\r\nversion\r\n`;
    expect(await ask(await server.port(), question)).toBe(
      'SERVER_ERROR object too large for cache\r\nVERSION 1.6.0\r\n',
    );
  });

  it('evicts the least recently used items', () => {
    const items = new Lru(400);
    for (const key of ['a', 'b', 'c', 'd']) items.set(key, item('x'.repeat(35)));
    items.get('a');
    items.set('e', item('x'.repeat(35)));
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => items.get(key))).toEqual(['a', 'c', 'd', 'e']);
    expect([items.bytes, items.evictions, items.size]).toEqual([400, 1, 4]);
    items.clear();
    expect([items.bytes, items.size]).toEqual([0, 0]);
  });

  installed('memccapable', '--help')('passes the test of libmemcached', async () => {
    await using server = exampleServer('memcached');
    await using test = start('memccapable', ['-h', '127.0.0.1', '-p', String(await server.port()), '-a']);
    expect(await test.ended).toBe(0);
    expect(test.stdout.text.match(/\[pass\]/g)).toHaveLength(27);
    expect(await server.stop()).toBe(0);
  });
});
