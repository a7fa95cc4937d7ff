import { availableParallelism } from 'node:os';

/** Tests run as native ES modules; `npm test` sets NODE_OPTIONS for that. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // What needs a browser is a command of its own: npm run test:browser.
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(process.env.BREAKWATER_BROWSER ? [] : ['<rootDir>/test/browser/']),
  ],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out'],
  watchPathIgnorePatterns: ['<rootDir>/cdk.out'],
  globalSetup: '<rootDir>/test/run-directory.js',
  globalTeardown: '<rootDir>/test/run-directory-end.js',
  // Much of the time is waiting for servers: a core less, which is the rule, would leave half of two unused. Never in
  // the process of Jest itself: what a test leaves behind there would keep it from ending.
  maxWorkers: Math.max(2, availableParallelism()),
  // Native modules of a finished file stay in memory as long as their process.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/test/left-out-reporter.js'],
};
