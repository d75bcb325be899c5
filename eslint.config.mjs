import eslint from '@eslint/js';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

/**
 * The arrows of the layers point one way; see CONTRIBUTING. A rule for each folder of lib names what it must not know.
 * `spec/layers.spec.ts` sees each of them fail.
 */
const layer = (files, forbidden, ignores = []) => ({
  files,
  ignores,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...forbidden.map(([pattern, message]) => ({ regex: pattern, message })),
          { regex: '^\\.\\./index$|^\\./index$', message: 'Import by file: lib/index.ts is for users.' },
          { regex: '^ix$', message: 'The root of ix patches prototypes with 200 modules: import ix/asynciterable.' },
        ],
      },
    ],
  },
});

const commander = ['^commander$', 'Only lib/cli knows the command line.'];
const winston = ['^winston', 'Only lib/log and lib/cli know winston.'];
const cluster = ['^node:cluster$', 'Only lib/cluster and lib/tcp know that there are several processes.'];
const sockets = ['^node:(net|dgram)$', 'Only the adapters (lib/tcp, lib/udp) open sockets.'];
const metrics = ['^(node:http|prom-client)$', 'Only lib/metrics knows HTTP and Prometheus.'];
const wrongWay = 'This arrow points the wrong way; see CONTRIBUTING.';
const up = (...folders) => [`^(\\.\\./)+(${['bin', ...folders].join('|')})(/|$)`, wrongWay];
/** From `lib` itself, where the folders are beside the file. */
const down = (...folders) => [`^\\./(${folders.join('|')})(/|$)`, wrongWay];

export default tseslint.config(
  { ignores: ['dist/', 'coverage/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked, rxjsX.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'no-console': 'error',
      // What is loaded when it is asked for; see CONTRIBUTING. Its types are imported, so that the arrows hold for it too.
      '@typescript-eslint/no-require-imports': [
        'error',
        {
          allow: [
            '^rxjs$',
            '^ix/asynciterable',
            '^\\./\\w+Command$',
            '^\\./overflows$',
            '^\\.\\./operators/readFault$',
            '^\\.\\./metrics/startMetrics$',
            '^\\.\\./server/accessList$',
            '^\\.\\./log/winstonLogger$',
          ],
        },
      ],
      // What stands before and what after a takeUntil is the very subject here: drain inside, cut outside.
      'rxjs-x/no-unsafe-takeuntil': 'off',
    },
  },
  {
    files: ['lib/operators/**/*.ts', 'lib/flow/**/*.ts'],
    rules: {
      // Time, turns and randomness come from the context.
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'Date'],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
    },
  },
  layer(
    ['lib/*.ts'],
    [
      commander,
      winston,
      sockets,
      metrics,
      cluster,
      up(),
      down('cli', 'log', 'cluster', 'server', 'tcp', 'udp', 'operators', 'metrics'),
    ],
    // What users import: from everywhere.
    ['lib/index.ts'],
  ),
  layer(
    ['lib/units/*.ts'],
    [
      commander,
      winston,
      sockets,
      metrics,
      cluster,
      up('cli', 'log', 'cluster', 'server', 'tcp', 'udp', 'flow', 'operators', 'metrics'),
    ],
  ),
  layer(
    ['lib/flow/*.ts'],
    [
      commander,
      winston,
      sockets,
      metrics,
      cluster,
      up('cli', 'log', 'cluster', 'server', 'tcp', 'udp', 'operators', 'metrics'),
    ],
  ),
  layer(
    ['lib/operators/*.ts'],
    [commander, winston, sockets, metrics, cluster, up('cli', 'log', 'cluster', 'server', 'tcp', 'udp', 'metrics')],
  ),
  layer(
    ['lib/tcp/*.ts'],
    [commander, winston, metrics, up('cli', 'log', 'cluster', 'server', 'udp', 'operators', 'metrics')],
  ),
  layer(
    ['lib/udp/*.ts'],
    [commander, winston, metrics, cluster, up('cli', 'log', 'cluster', 'server', 'tcp', 'operators', 'metrics')],
  ),
  layer(['lib/server/*.ts'], [commander, winston, cluster, metrics, up('cli', 'log', 'cluster', 'metrics')]),
  layer(
    ['lib/cluster/*.ts'],
    [commander, winston, sockets, metrics, up('cli', 'log', 'operators', 'tcp', 'udp', 'metrics')],
  ),
  layer(
    ['lib/log/*.ts'],
    [
      commander,
      sockets,
      metrics,
      cluster,
      up('cli', 'cluster', 'server', 'tcp', 'udp', 'flow', 'operators', 'metrics'),
    ],
  ),
  layer(
    ['lib/metrics/*.ts'],
    [
      commander,
      winston,
      cluster,
      ['^node:dgram$', sockets[1]],
      up('cli', 'log', 'cluster', 'tcp', 'udp', 'flow', 'operators'),
    ],
  ),
  layer(['lib/cli/*.ts'], [sockets, cluster, metrics, up()]),
  { files: ['examples/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.cjs', 'examples/*.js'],
    languageOptions: { globals: { module: 'writable', require: 'readonly', process: 'readonly', Buffer: 'readonly' } },
  },
  {
    files: ['spec/**/*.ts'],
    rules: {
      // In marbles an error is the string 'error', and a generator without an await is a source of chunks.
      'rxjs-x/throw-error': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/require-await': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
    },
  },
);
