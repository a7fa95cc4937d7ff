import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from './project-root.ts';

const folder = join(projectRoot, 'node_modules', '.cache', 'breakwater-bundles');

/** Milliseconds after which bundles of older sources are removed; until then another process may read them. */
const keptFor = 24 * 60 * 60 * 1000;

const filesUnder = (directory: string): string[] =>
  readdirSync(join(projectRoot, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();

/**
 * Where bundles of exactly these sources stand or will stand: a function may import `core` and packages, so
 * their files, the lock file and the options of the bundler decide what comes out.
 */
export const bundleFolder = (options: object): string => {
  const hash = createHash('sha256').update(JSON.stringify(options));
  const files = [...filesUnder('lambdas'), ...filesUnder('core'), join(projectRoot, 'package-lock.json')];
  for (const file of files) hash.update(`\0${file.slice(projectRoot.length)}\0`).update(readFileSync(file));
  return join(folder, hash.digest('hex').slice(0, 32));
};

/** Whether they stand there, for this account to read. */
export const isBuilt = (directory: string): boolean => {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const removeOld = (): void => {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Number.POSITIVE_INFINITY };
    if (Date.now() - mtimeMs > keptFor) rmSync(path, { recursive: true, force: true });
  }
};

const write = (directory: string, files: ReadonlyMap<string, Uint8Array>): string => {
  for (const [path, contents] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), contents);
  }
  return directory;
};

/** Where another account installed the packages, this one cannot keep anything: a folder for this run. */
const ownFolder = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-bundles-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

/**
 * Puts files, by their paths inside the folder, there all at once: another process sees all of them or none.
 * @returns where they are, which is elsewhere when the folder cannot be written
 */
export const store = (directory: string, files: ReadonlyMap<string, Uint8Array>): string => {
  let partial: string;
  try {
    mkdirSync(folder, { recursive: true });
    removeOld();
    partial = mkdtempSync(join(folder, 'partial-'));
    // Made for one account alone; others may synthesize here too.
    chmodSync(partial, 0o755);
  } catch {
    return write(ownFolder(), files);
  }
  try {
    renameSync(write(partial, files), directory);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another process was faster, with the same content.
    if (!isBuilt(directory)) throw error;
  }
  return directory;
};
