import type { Config } from 'jest';

const config: Config = {
  preset: 'ts-jest',
  testEnvironment: 'node',
  roots: ['<rootDir>/spec', '<rootDir>/examples'],
  testMatch: ['**/*.spec.ts'],
  reporters: ['default', '<rootDir>/spec/support/tallyReporter.cjs'],
  moduleNameMapper: { '^ccecho$': '<rootDir>/lib/index.ts' },
};

export default config;
