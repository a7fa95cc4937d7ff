/** Says at the end of a run, where it is read, which tests were left out and why. */
export default class LeftOutReporter {
  onRunComplete(_contexts, results) {
    // With a filter such as -t, what was left out is what the caller left out.
    if (process.argv.some((argument) => argument === '-t' || argument.startsWith('--testNamePattern')))
      return;
    const skipped = results.testResults.flatMap(({ testResults }) =>
      testResults.filter(({ status }) => status !== 'passed' && status !== 'failed'),
    );
    if (skipped.length === 0) return;
    const names = skipped.map(({ fullName }) => `  - ${fullName}`).join('\n');
    process.stderr.write(
      `\nLeft out: ${skipped.length} tests that need a redis-server; none was found in PATH (Debian: apt-get install redis-server).\n${names}\n`,
    );
  }
}
