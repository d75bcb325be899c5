import type { Endpoint } from '../endpoint';
import { procAddress } from '../net/procAddress';

/** Where Linux shows its UDP sockets. Under `self`: a unit of systemd with `ProcSubset=pid` has no `/proc/net`. */
export const UDP_TABLES = ['/proc/self/net/udp', '/proc/self/net/udp6'];

/** So many datagrams more than at the last reading did the kernel drop, since a socket's receive buffer was full. */
export interface KernelDrops {
  readonly local: Endpoint;
  readonly datagrams: number;
}

/**
 * Reads from the tables what the kernel dropped in front of sockets of ours, which is nowhere else to be seen: a row ends with
 * the drops of a socket's life.
 */
export class KernelDropCounter {
  /** By the inode of a socket, which no other has: an address that comes back has another socket. */
  readonly #counted = new Map<string, number>();

  /** @param sockets Where ours are bound. */
  since(tables: readonly string[], sockets: readonly Endpoint[]): KernelDrops[] {
    const ours = new Map(sockets.map((local) => [procAddress(local), local]));
    return tables
      .flatMap((table) => table.split('\n'))
      .flatMap((row) => {
        const columns = row.trim().split(/\s+/);
        const local = ours.get(columns[LOCAL]!);
        return local ? this.#more(local, columns[INODE]!, Number(columns.at(-1))) : [];
      });
  }

  #more(local: Endpoint, inode: string, drops: number): KernelDrops[] {
    const datagrams = drops - (this.#counted.get(inode) ?? 0);
    this.#counted.set(inode, drops);
    return datagrams > 0 ? [{ local, datagrams }] : [];
  }
}

/** The places of the columns: after the number of the row, and with two columns written as one, twice. */
const [LOCAL, INODE] = [1, 9];
