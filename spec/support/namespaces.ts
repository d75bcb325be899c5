import { spawnSync } from 'node:child_process';
import { hasProgram, itWhere } from './installed';

const ip = (...words: readonly string[]): boolean => spawnSync('ip', words).status === 0;

const probe = `ccecho-probe-${process.pid}`;
const permitted = ip('netns', 'add', probe) && ip('netns', 'del', probe);

/** `it`, where this user can make machines of their own. */
export const itWithNamespaces = itWhere(permitted, 'ip netns is not installed, or not permitted');

/** The same, where a program is installed as well. */
export const itWithNamespacesAnd = (program: string): typeof itWithNamespaces =>
  hasProgram(program) ? itWithNamespaces : itWhere(false, `${program} is not installed`);

/** Two machines with a cable between them: `server` with two addresses of one network, `client` with another. */
export interface Network extends Disposable {
  /** The words that run a program on one of them. */
  readonly on: (machine: 'server' | 'client') => readonly string[];
  /** Gives the server one more address. */
  readonly add: (address: string) => void;
}

let networks = 0;

/** Names of machines that no other test uses. */
const namesOf = <Machine extends string>(...machines: readonly Machine[]): Record<Machine, string> => {
  networks += 1;
  return Object.fromEntries(machines.map((each) => [each, `ccecho-${each[0]}-${process.pid}-${networks}`])) as Record<
    Machine,
    string
  >;
};

const must = (line: string): void => {
  if (!ip(...line.split(' '))) throw new Error(`ip ${line} failed`);
};

export const network = (): Network => {
  const names = namesOf('server', 'client');
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

/** A server at 10.2.0.2 and a client at 10.1.0.2, with a router between them that has rules of nftables. */
export interface RoutedNetwork extends Disposable {
  readonly on: (machine: 'server' | 'client') => readonly string[];
}

/** @param rules As `nft -f` reads them; the interfaces are `client` and `server`. */
export const routedNetwork = (rules: string): RoutedNetwork => {
  const names = namesOf('server', 'client', 'router');
  const { server, client, router } = names;
  [
    ...[server, client, router].flatMap((name) => [`netns add ${name}`, `-n ${name} link set lo up`]),
    `link add cable netns ${client} type veth peer name client netns ${router}`,
    `link add cable netns ${server} type veth peer name server netns ${router}`,
    `-n ${client} addr add 10.1.0.2/24 dev cable`,
    `-n ${router} addr add 10.1.0.1/24 dev client`,
    `-n ${router} addr add 10.2.0.1/24 dev server`,
    `-n ${server} addr add 10.2.0.2/24 dev cable`,
    `-n ${client} link set cable up`,
    `-n ${server} link set cable up`,
    `-n ${router} link set client up`,
    `-n ${router} link set server up`,
    `-n ${client} route add default via 10.1.0.1`,
    `-n ${server} route add default via 10.2.0.1`,
    `netns exec ${router} sysctl -qw net.ipv4.ip_forward=1`,
  ].forEach(must);
  const { status, stderr } = spawnSync('ip', ['netns', 'exec', router, 'nft', '-f', '-'], { input: rules });
  if (status !== 0) throw new Error(`nft: ${String(stderr)}`);
  return {
    on: (machine) => ['netns', 'exec', names[machine]],
    [Symbol.dispose]: () => [server, client, router].forEach((name) => ip('netns', 'del', name)),
  };
};
