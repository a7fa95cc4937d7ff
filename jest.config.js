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
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/test/left-out-reporter.js'],
};
