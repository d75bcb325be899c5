import type { Endpoint } from '../endpoint';
import { procAddress } from '../net/procAddress';

/**
 * The tables in which Linux shows its UDP sockets. Under `self`, because a unit of systemd with `ProcSubset=pid` has no
 * `/proc/net`.
 */
export const UDP_TABLES = ['/proc/self/net/udp', '/proc/self/net/udp6'];

/** The datagrams that the kernel has dropped at a full receive buffer since the last reading. */
export interface KernelDrops {
  readonly local: Endpoint;
  readonly datagrams: number;
}

/** Reads from the tables how many datagrams the kernel dropped in front of our sockets (008). */
export class KernelDropCounter {
  /** By the inode of a socket, which is unique: an address that returns has another socket. */
  readonly #counted = new Map<string, number>();

  /** @param sockets The addresses of our sockets. */
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

/** The columns, behind the number of the row; two pairs of columns are written as one. */
const [LOCAL, INODE] = [1, 9];
