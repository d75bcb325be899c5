import { spawnSync } from 'node:child_process';
import { itWhere } from './installed';

const ip = (...words: readonly string[]): boolean => spawnSync('ip', words).status === 0;

const probe = `ccecho-probe-${process.pid}`;
const permitted = ip('netns', 'add', probe) && ip('netns', 'del', probe);

/** `it`, where this user can make machines of their own. */
export const itWithNamespaces = itWhere(permitted, 'ip netns is not installed, or not permitted');

/** Two machines with a cable between them: `server` with two addresses of one network, `client` with another. */
export interface Network extends Disposable {
  /** The words that run a program on one of them. */
  readonly on: (machine: 'server' | 'client') => readonly string[];
  /** Gives the server one more address. */
  readonly add: (address: string) => void;
}

let networks = 0;

export const network = (): Network => {
  networks += 1;
  const id = `${process.pid}-${networks}`;
  const names = { server: `ccecho-s-${id}`, client: `ccecho-c-${id}` };
  const must = (line: string): void => {
    if (!ip(...line.split(' '))) throw new Error(`ip ${line} failed`);
  };
  const { server, client } = names;
  [
    `netns add ${server}`,
    `netns add ${client}`,
    `link add cable netns ${server} type veth peer name cable netns ${client}`,
    `-n ${server} addr add 10.77.0.1/24 broadcast 10.77.0.255 dev cable`,
    `-n ${server} addr add 10.77.0.2/24 dev cable`,
    `-n ${client} addr add 10.77.0.9/24 broadcast 10.77.0.255 dev cable`,
    ...[server, client].flatMap((name) => [`-n ${name} link set lo up`, `-n ${name} link set cable up`]),
    `-n ${client} route add 224.0.0.0/4 dev cable`,
  ].forEach(must);
  return {
    on: (machine) => ['netns', 'exec', names[machine]],
    add: (address) => must(`-n ${server} addr add ${address}/24 dev cable`),
    [Symbol.dispose]: () => [server, client].forEach((name) => ip('netns', 'del', name)),
  };
};
