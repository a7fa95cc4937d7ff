import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRedis } from '../../twin/servers/index.ts';
import { synthesize } from '../../twin/synthesis.ts';
import { quickSettings } from './quick-settings.ts';

const obtain = async (): Promise<string> => {
  const run = process.env.BREAKWATER_TEST_RUN;
  if (run === undefined) throw new Error('BREAKWATER_TEST_RUN is not set: test/run-directory.js does that.');
  const directory = join(run, 'development');
  const [done, failed] = [`${directory}.done`, `${directory}.failed`];
  // Only one can make it: the one who also fills it.
  const first = mkdirSync(directory, { recursive: true }) !== undefined;
  if (first) {
    try {
      await synthesize({
        environment: 'development',
        directory,
        redis: findRedis() !== undefined,
        settings: quickSettings,
        signal: new AbortController().signal,
      });
      writeFileSync(done, '');
    } catch (error) {
      writeFileSync(failed, '');
      throw error;
    }
  }
  while (!existsSync(done)) {
    if (existsSync(failed))
      throw new Error('Another test file could not synthesize development, and says why.');
    await sleep(50);
  }
  return directory;
};

let obtained: Promise<string> | undefined;

/**
 * Directory of development with the cache where this machine can run one, and with the quick settings. It is
 * synthesized once in a run of the tests; whoever changes it changes a copy.
 */
export const developmentAssembly = (): Promise<string> => {
  obtained ??= obtain();
  return obtained;
};
