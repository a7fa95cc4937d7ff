/** A directory for what several test files of one run share; it ends with the run. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default () => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-test-run-'));
  // Programs under another account read it too.
  chmodSync(directory, 0o755);
  process.env.BREAKWATER_TEST_RUN = directory;
};

export const remove = () => rmSync(process.env.BREAKWATER_TEST_RUN, { recursive: true, force: true });
