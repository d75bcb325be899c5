import { itWithNamespacesAnd, routedNetwork } from '../support/namespaces';
import { bin, portOf, runtime, start } from '../support/process';

jest.setTimeout(60_000);

/** One of four equal paths is bad: the router sorts by the ports, as routers with several equal paths do. */
const badPath = (fault: string): string => `table ip path {
  chain onpath {
    type filter hook forward priority 0; policy accept;
    iifname "client" jhash ip saddr . ip daddr . udp sport . udp dport mod 4 seed 0x5eed 2 ${fault} counter drop
  }
}
`;

const FIRST_PORT = 40_000;
/** What the hash of the router sends over the bad path: the figures hold for these addresses and ports only. */
const BAD_PORTS = [40_000, 40_007, 40_008];

interface Flow {
  readonly local: string;
  readonly sent: number;
  readonly lost: number;
}

/** Probes through a router with rules, over 16 flows: what is said, and the losses of the flows. */
const probing = async (rules: string, count: number, ...args: string[]): Promise<string> => {
  using net = routedNetwork(rules);
  await using server = start('ip', [...net.on('server'), runtime, bin, '-udp', '--port', '7007']);
  await portOf(server.stdout);
  const flows = ['--flows', '16', '--source-port', String(FIRST_PORT)];
  const words = ['probe', '-udp', '10.2.0.2:7007', '-c', String(count), '-i', '2ms', '-W', '300ms', ...flows, ...args];
  await using client = start('ip', [...net.on('client'), runtime, bin, ...words]);
  await client.ended;
  return client.stdout.text;
};

const portIn = ({ local }: Flow): number => Number(/:(\d+)$/.exec(local)![1]);

describe('ccecho probe --flows', () => {
  itWithNamespacesAnd('nft')('finds exactly the source ports whose path drops everything', async () => {
    const { flows } = JSON.parse(await probing(badPath(''), 320, '--json')) as { flows: Flow[] };
    expect(flows.filter(({ lost }) => lost > 0).map(portIn)).toEqual(BAD_PORTS);
    for (const flow of flows) expect(flow.lost).toBe(BAD_PORTS.includes(portIn(flow)) ? flow.sent : 0);
  });

  itWithNamespacesAnd('nft')(
    'lists the flows of a path that drops some of them first, and says that loss depends on the flow',
    async () => {
      const text = await probing(badPath('numgen random mod 100 < 30'), 640, '-q');
      const worst = [...text.matchAll(/10\.1\.0\.2:(\d+) -> 10\.2\.0\.2:7007/g)]
        .slice(0, 3)
        .map(([, port]) => Number(port));
      expect(worst.sort()).toEqual(BAD_PORTS);
      expect(text).toContain('loss depends on the flow: one of several paths is bad, on the way there or back');
    },
  );

  itWithNamespacesAnd('nft')('does not blame a flow for what everybody loses', async () => {
    const rules = badPath('').replace(/jhash.*2 {2}/, 'numgen inc mod 5 < 1 ');
    expect(await probing(rules, 640, '-q')).toContain('loss does not depend on the flow');
  });
});
