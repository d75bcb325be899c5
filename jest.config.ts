import type { Config } from 'jest';

const config: Config = {
  preset: 'ts-jest',
  testEnvironment: 'node',
  // Most specs wait for sockets and processes: one worker a core, where jest would leave a core free.
  maxWorkers: '100%',
  roots: ['<rootDir>/spec', '<rootDir>/examples'],
  testMatch: ['**/*.spec.ts'],
  reporters: ['default', '<rootDir>/spec/support/tallyReporter.cjs'],
  moduleNameMapper: { '^ccecho$': '<rootDir>/lib/index.ts' },
};

export default config;
