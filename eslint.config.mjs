import eslint from '@eslint/js';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

/** The folders of lib, and which of the others each may import; see docs/architecture.md. All of them may import `lib/*.ts`. */
const arrows = {
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

/** Packages that are known to some folders only. */
const packages = [
  [['cli'], '^commander$', 'Only lib/cli knows the command line.'],
  [['log', 'cli'], '^winston', 'Only lib/log and lib/cli know winston.'],
  [['cluster', 'tcp'], '^node:cluster$', 'Only lib/cluster and lib/tcp know that there are several processes.'],
  [
    ['net', 'tcp', 'udp', 'measure', 'server', 'metrics'],
    '^node:net$',
    'Only the adapters (lib/tcp, lib/udp) open sockets.',
  ],
  [['tcp', 'udp', 'measure', 'server'], '^node:dgram$', 'Only the adapters (lib/tcp, lib/udp) open sockets.'],
  [['metrics'], '^(node:http|prom-client)$', 'Only lib/metrics knows HTTP and Prometheus.'],
];

/** `spec/layers.spec.ts` sees each of these rules fail. */
const layer = (folder) => {
  const wrong = Object.keys(arrows).filter((other) => !['.', folder, ...arrows[folder]].includes(other));
  // Of lib itself the folders are beside the file; of a folder they are above it, and a folder within it may share a name.
  const from = folder === '.' ? '\\./' : '(\\.\\./)+';
  const message = 'This arrow points the wrong way; see docs/architecture.md.';
  return {
    files: [folder === '.' ? 'lib/*.ts' : `lib/${folder}/**/*.ts`],
    // What users import: from everywhere.
    ignores: ['lib/index.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(\\.\\./)+bin(/|$)', message },
            ...(wrong.length > 0 ? [{ regex: `^${from}(${wrong.join('|')})(/|$)`, message }] : []),
            ...packages
              .filter(([folders]) => !folders.includes(folder))
              .map(([, regex, reason]) => ({ regex, message: reason })),
            { regex: '^(\\.\\./)+index$|^\\./index$', message: 'Import by file: lib/index.ts is for users.' },
            { regex: '^ix$', message: 'The root of ix patches prototypes with 200 modules: import ix/asynciterable.' },
          ],
        },
      ],
    },
  };
};

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
            '/\\w+Command$',
            '^\\.\\./measure/probeExporter$',
            '^\\./overflows$',
            '^\\./parse/parseFault$',
            '/metrics/startMetrics$',
            '/server/limits/accessList$',
            '/log/createWinstonLogger$',
          ],
        },
      ],
      // What stands before and what after a takeUntil is the very subject here: drain inside, cut outside.
      'rxjs-x/no-unsafe-takeuntil': 'off',
    },
  },
  {
    files: ['lib/{faults,stages,backpressure,streams}/**/*.ts'],
    rules: {
      // Time, turns and randomness come from the context.
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'Date'],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
    },
  },
  ...Object.keys(arrows).map(layer),
  { files: ['examples/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.cjs', '**/*.mjs', 'examples/*.js'],
    languageOptions: {
      globals: { module: 'writable', require: 'readonly', process: 'readonly', Buffer: 'readonly', URL: 'readonly' },
    },
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
