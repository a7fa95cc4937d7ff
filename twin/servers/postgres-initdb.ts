import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** Runs `initdb`; a few hundred milliseconds. */
export const initializeDataDirectory = async (
  { initdb, account }: PostgresBinaries,
  directory: string,
  superuser: { name: string; password: string },
): Promise<void> => {
  const passwordFile = join(dirname(directory), `${basename(directory)}.password`);
  await writeFile(passwordFile, superuser.password, { mode: 0o600, flag: 'wx' });
  try {
    if (account) await chown(passwordFile, account.uid, account.gid);
    const child = spawn(
      initdb,
      [
        ...['-D', directory, '-U', superuser.name, `--pwfile=${passwordFile}`],
        ...['--auth-host=scram-sha-256', '--auth-local=scram-sha-256', '--encoding=UTF8', '--locale=C'],
        ...['--no-sync', '--no-instructions'],
      ],
      { ...account, cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], env: { LC_ALL: 'C', TZ: 'UTC' } },
    );
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const [code, signal] = await once(child, 'close');
    if (code !== 0) throw new Error(`initdb failed (${code ?? signal}):\n${output.trim()}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
};
