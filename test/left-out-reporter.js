import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const hasRedis = () =>
  (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, 'redis-server'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** What a machine may lack, and how one recognises a test that was left out for it. The first that fits counts. */
const needs = [
  {
    belongs: ({ fullName }) => fullName.includes('(needs root)'),
    title: 'that need root on Linux, for network namespaces and a full file system',
    advice: 'run npm test as root, with iproute2 and util-linux installed',
  },
  {
    belongs: ({ fullName }) => fullName.includes('(needs Python with mlflow)'),
    title: 'that run the real MLflow; BREAKWATER_PYTHON names no Python with the package mlflow',
    advice: 'test/mlflow/requirements.txt says how to get one',
  },
  {
    belongs: ({ fullName }) => fullName.includes('(needs Python with moto)'),
    title: 'that send to moto in place of SQS; BREAKWATER_PYTHON names no Python with the package moto',
    advice: 'test/sqs/requirements.txt says how to get one',
  },
  {
    belongs: () => !hasRedis(),
    title: 'that need a redis-server; none was found in PATH',
    advice: 'Debian: apt-get install redis-server',
  },
  { belongs: () => true, title: 'that say nothing of what they need', advice: 'see the tests' },
];

/** Says at the end of a run, where it is read, which tests were left out and why. */
export default class LeftOutReporter {
  #everything;

  constructor({ testPathPatterns }) {
    this.#everything = testPathPatterns === undefined || testPathPatterns.patterns.length === 0;
  }

  onRunComplete(_contexts, results) {
    // With a filter such as -t, what was left out is what the caller left out.
    if (process.argv.some((argument) => argument === '-t' || argument.startsWith('--testNamePattern')))
      return;
    if (this.#everything && !process.env.BREAKWATER_BROWSER)
      process.stderr.write(
        '\nLeft out: test/browser, which needs Chromium (npm run test:browser; Debian: apt-get install chromium).\n',
      );
    const skipped = results.testResults.flatMap(({ testResults }) =>
      testResults.filter(({ status }) => status !== 'passed' && status !== 'failed'),
    );
    const groups = Map.groupBy(skipped, (test) => needs.find(({ belongs }) => belongs(test)));
    for (const [{ title, advice }, tests] of groups) {
      const names = tests.map(({ fullName }) => `  - ${fullName}`).join('\n');
      process.stderr.write(`\nLeft out: ${tests.length} tests ${title} (${advice}).\n${names}\n`);
    }
  }
}
