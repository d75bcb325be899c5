import { endianness } from 'node:os';
import { KernelDropCounter } from '../../lib/udp/kernelDrops';

const HEAD =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            \n';
const row = (local: string, inode: number, drops: number): string =>
  `10379: ${local} 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 ${inode} 2 000000009688e791 ${drops}    \n`;

const [ours, wildcard, other] = ['0100007F:0007', `${'0'.repeat(32)}:0007`, '0200007F:0007'];
const local = { host: '127.0.0.1', port: 7 };
const any = { host: '::', port: 7 };

// As a little-endian machine shows them.
(endianness() === 'LE' ? describe : describe.skip)('KernelDropCounter', () => {
  const since = (counter: KernelDropCounter, ...rows: string[]) =>
    counter.since([HEAD + rows.join(''), HEAD], [local, any]);

  it('counts what the kernel dropped in front of our sockets, from their beginning, and of no other', () => {
    const counter = new KernelDropCounter();
    expect(since(counter, row(ours, 1, 5), row(other, 2, 7), row(wildcard, 3, 1))).toEqual([
      { local, datagrams: 5 },
      { local: any, datagrams: 1 },
    ]);
  });

  it('counts what is new, and nothing where nothing is', () => {
    const counter = new KernelDropCounter();
    since(counter, row(ours, 1, 5));
    expect(since(counter, row(ours, 1, 5))).toEqual([]);
    expect(since(counter, row(ours, 1, 8))).toEqual([{ local, datagrams: 3 }]);
  });

  it('takes another socket at the same address for another', () => {
    const counter = new KernelDropCounter();
    since(counter, row(ours, 1, 5));
    expect(since(counter, row(ours, 2, 3))).toEqual([{ local, datagrams: 3 }]);
  });

  it('counts none without tables', () => {
    expect(new KernelDropCounter().since(['', ''], [local])).toEqual([]);
  });
});
