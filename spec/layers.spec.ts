import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');

/** The folders of `lib` that a folder may import from, `.` being `lib` itself; its own and `.` all of them may. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  '.': [],
  streams: [],
  format: [],
  net: [],
  backpressure: ['streams'],
  stages: ['backpressure', 'streams', 'format'],
  faults: ['stages', 'backpressure', 'streams', 'format'],
  tcp: ['net', 'backpressure', 'streams'],
  udp: ['net', 'backpressure', 'streams'],
  server: ['tcp', 'udp', 'net', 'faults', 'stages', 'backpressure', 'streams', 'format'],
  cluster: ['server', 'net', 'stages'],
  measure: ['tcp', 'udp', 'net', 'backpressure', 'streams'],
  log: ['format'],
  metrics: ['measure', 'server', 'net'],
  cli: [
    'cluster',
    'measure',
    'log',
    'metrics',
    'server',
    'tcp',
    'udp',
    'net',
    'faults',
    'stages',
    'backpressure',
    'streams',
    'format',
  ],
};

/** Packages of which not every folder may know, with those that may. */
const packages: Readonly<Record<string, readonly string[]>> = {
  commander: ['cli'],
  winston: ['log', 'cli'],
  'node:net': ['net', 'tcp', 'udp', 'measure', 'server', 'metrics'],
  'node:dgram': ['tcp', 'udp', 'measure', 'server'],
  'node:http': ['metrics'],
  'prom-client': ['metrics'],
  'node:cluster': ['cluster', 'tcp'],
  ix: [],
  'ix/asynciterable': Object.keys(arrows),
};

/** Lints a line in each file, without the rules that need types, and prints of each whether it passes. */
const LINT = `
const { ESLint } = require('eslint');
const rules = ['restricted-imports', 'restricted-globals', 'restricted-properties', 'console', 'require-imports'];
const eslint = new ESLint({
  ruleFilter: ({ ruleId }) => rules.includes(ruleId.replace(/^.*no-/, '')),
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
});
const passes = async ([filePath, line]) => {
  const [{ messages }] = await eslint.lintText(line, { filePath });
  return messages.length === 0;
};
Promise.all(JSON.parse(process.argv[1]).map(passes)).then((all) => console.log(JSON.stringify(all)));
`;

/** Of each line, whether the linter lets it be. */
const passing = (lines: readonly (readonly [file: string, line: string])[]): boolean[] => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', LINT, JSON.stringify(lines)], {
    cwd: root,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as boolean[];
};

const importOf = (specifier: string): string => `import '${specifier}';\n`;

const fileIn = (folder: string): string => join('lib', folder, 'some.ts');

/** A file of another folder, as a file of `from` names it. */
const specifierOf = (from: string, folder: string): string =>
  folder === 'bin'
    ? `${from === '.' ? '..' : '../..'}/bin/other`
    : `${from === '.' ? '.' : '..'}/${folder === '.' ? '' : `${folder}/`}other`;

jest.setTimeout(60_000);

describe('the other rules of the linter', () => {
  const wrong = [
    ['stages', 'Date.now();'],
    ['stages', 'setTimeout(f);'],
    ['stages', 'setImmediate(f);'],
    ['stages', 'Math.random();'],
    ['faults', 'performance.now();'],
    ['faults', 'setInterval(f, 1);'],
    ['server', 'console.log(1);'],
    ['cli', `require('winston');`],
    ['cli', `require('../server/echoServer');`],
  ] as const;

  it('fail at time, turns, randomness, the console, and a require of what all need', () => {
    expect(passing(wrong.map(([folder, line]) => [fileIn(folder), line]))).toEqual(wrong.map(() => false));
  });
});

describe('the rules of the layers', () => {
  it('know all folders of lib', () => {
    const folders = readdirSync(join(root, 'lib'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(Object.keys(arrows).sort()).toEqual(['.', ...folders.map(({ name }) => name)].sort());
  });

  it('let an arrow be that CONTRIBUTING draws, and fail at every other', () => {
    const pairs = Object.keys(arrows).flatMap((from) =>
      ['bin', ...Object.keys(arrows)].filter((to) => to !== from).map((to) => ({ from, to })),
    );
    const passed = passing(pairs.map(({ from, to }) => [fileIn(from), importOf(specifierOf(from, to))]));
    const drawn = pairs.map(({ from, to }) => to === '.' || arrows[from]!.includes(to));
    const arrow = ({ from, to }: (typeof pairs)[number], index: number, all: boolean[]) =>
      `${from} ${all[index] ? 'may' : 'must not'} import ${to}`;
    expect(pairs.map((pair, index) => arrow(pair, index, passed))).toEqual(
      pairs.map((pair, index) => arrow(pair, index, drawn)),
    );
  });

  it('keep packages to the folders that are to know them', () => {
    const pairs = Object.entries(packages).flatMap(([name, folders]) =>
      Object.keys(arrows).map((from) => ({ from, name, may: folders.includes(from) })),
    );
    const passed = passing(pairs.map(({ from, name }) => [fileIn(from), importOf(name)]));
    expect(pairs.map((pair, index) => ({ ...pair, may: passed[index] }))).toEqual(pairs);
  });

  it('fail at an import through lib/index.ts, and let that import from everywhere', () => {
    const folders = Object.keys(arrows).filter((folder) => folder !== '.');
    const through = folders.map((folder) => [fileIn(folder), importOf('../index')] as const);
    const from = folders.map((folder) => ['lib/index.ts', importOf(`./${folder}/other`)] as const);
    expect(passing([...through, ...from])).toEqual([...folders.map(() => false), ...folders.map(() => true)]);
  });
});
