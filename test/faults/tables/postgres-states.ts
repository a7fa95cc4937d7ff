/** PostgreSQL: states of the server, the database that is asked for, and what answers in its place. */
import { spawn } from 'node:child_process';
import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Check } from '../../../core/checks/index.ts';
import { startPostgres } from '../../../twin/servers/postgres.ts';
import { refusesLogin, type ServerError } from '../../fixtures/postgres-script.ts';
import type { Fault } from '../fault.ts';
import { type PostgresWorld, quotedPassword, withoutTls } from '../worlds/postgres-world.ts';

const dependency = 'postgres';

/** Checks until the cause is there: the server passes through states in its own time. */
const until = async (wanted: (found: Check) => boolean, check: () => Promise<Check>): Promise<Check> => {
  for (let attempt = 0; ; attempt++) {
    const found = await check();
    if (wanted(found) || attempt === 100) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** A server that was made a standby of a primary that there is not. */
const standby = async (world: PostgresWorld, settings: string, wanted: (found: Check) => boolean) => {
  const own = await startPostgres({ superuser: world.server.superuser });
  world.disposables.push(() => own.dispose());
  await own.stop();
  const { uid, gid } = statSync(own.directory);
  writeFileSync(join(own.directory, 'standby.signal'), '');
  chownSync(join(own.directory, 'standby.signal'), uid, gid);
  writeFileSync(join(own.directory, 'postgresql.auto.conf'), settings);
  // It never says that it is ready for writes, which is what the start waits for.
  own.start().catch(() => undefined);
  return until(wanted, () => world.check(withoutTls(own.port)));
};

const isCause = (cause: Check['cause']) => (found: Check) => found.cause === cause;

const answering = (error: ServerError) => (world: PostgresWorld) => world.scripted(refusesLogin(error));
const cannotConnect = (message: string, detail?: string) =>
  answering({ code: '57P03', message, ...(detail ? { detail } : {}) });

export const postgresStateFaults: readonly Fault<PostgresWorld>[] = [
  {
    dependency,
    name: 'I-27 a database that does not exist: mlflow where the server has mlflow_db',
    cause: 'DATABASE_MISSING',
    evidence: { sqlstate: '3D000', databases: expect.arrayContaining(['mlflow_db', 'postgres']) },
    detail: /^database "mlflow" does not exist/,
    run: async ({ admin, check }) => {
      await admin('create database mlflow_db');
      return check({ DATABASE_NAME: 'mlflow' });
    },
  },
  {
    dependency,
    name: 'a database name in another letter case',
    cause: 'DATABASE_NAME_CASE',
    run: ({ check }) => check({ DATABASE_NAME: 'Postgres' }),
  },
  {
    dependency,
    name: 'a database that takes no connections',
    cause: 'DATABASE_NOT_ACCEPTING',
    run: async ({ admin, check }) => {
      await admin('create database closed allow_connections false');
      return check({ DATABASE_NAME: 'closed' });
    },
  },
  {
    dependency,
    name: 'a database without the right to connect',
    cause: 'DATABASE_ACCESS_DENIED',
    run: async ({ admin, check }) => {
      await admin(`create role stranger login password ${quotedPassword}`);
      await admin('create database private');
      await admin('revoke connect on database private from public');
      return check({ DATABASE_NAME: 'private', DATABASE_USER: 'stranger' });
    },
  },
  {
    dependency,
    name: 'a server that is starting',
    cause: 'SERVER_STARTING',
    evidence: { state: 'starting up' },
    run: cannotConnect('the database system is starting up'),
  },
  {
    dependency,
    name: 'a server that recovers from a crash',
    cause: 'SERVER_STARTING',
    evidence: { state: 'recovering after a crash' },
    run: cannotConnect('the database system is in recovery mode'),
  },
  {
    dependency,
    name: 'a standby that is not consistent yet',
    cause: 'SERVER_STARTING',
    evidence: { state: 'not consistent yet' },
    run: cannotConnect(
      'the database system is not yet accepting connections',
      'Consistent recovery state has not been yet reached.',
    ),
  },
  {
    dependency,
    name: 'a real standby that takes no connections',
    cause: 'SERVER_STARTING',
    evidence: { state: 'a standby that takes no connections' },
    run: (world) =>
      standby(
        world,
        "hot_standby = off\nrestore_command = 'false'\n",
        (found) => found.evidence?.state === 'a standby that takes no connections',
      ),
  },
  {
    dependency,
    name: 'a real standby: reads, and no writes',
    cause: 'READ_ONLY',
    evidence: { readOnlyBy: 'recovery', inRecovery: true },
    remedy: /endpoint leads to the writer/,
    run: (world) => standby(world, "restore_command = 'false'\n", isCause('READ_ONLY')),
  },
  {
    dependency,
    name: 'a server that shuts down while a session is still there',
    cause: 'SERVER_SHUTTING_DOWN',
    evidence: { state: 'shutting down' },
    run: async (world) => {
      const own = await startPostgres({ superuser: world.server.superuser });
      world.disposables.push(() => own.dispose());
      await world.hold(own);
      // The smart shutdown: new sessions are refused, old ones may end by themselves.
      process.kill(own.pid() ?? 0, 'SIGTERM');
      return until(isCause('SERVER_SHUTTING_DOWN'), () => world.check(withoutTls(own.port)));
    },
  },
  {
    dependency,
    name: 'a server that reports damaged data at the login',
    cause: 'SERVER_ERROR',
    evidence: { sqlstate: 'XX001' },
    run: answering({ code: 'XX001', message: 'invalid page in block 0 of relation global/1262' }),
  },
  {
    dependency,
    name: 'a server whose storage cannot be read',
    cause: 'SERVER_ERROR',
    evidence: { sqlstate: '58030' },
    run: answering({ code: '58030', message: 'could not read file "global/pg_filenode.map": I/O error' }),
  },
  {
    dependency,
    name: 'a server whose data file is gone: the code of a library that is gone',
    cause: 'SERVER_ERROR',
    evidence: { sqlstate: '58P01' },
    run: answering({
      code: '58P01',
      message: 'could not open file "base/5/1259": No such file or directory',
    }),
  },
  {
    dependency,
    name: 'a server without memory for another session',
    cause: 'OUT_OF_MEMORY',
    remedy: /work_mem/,
    run: answering({ code: '53200', message: 'out of memory' }),
  },
  {
    dependency,
    name: 'a process that hangs after it has accepted the connection',
    cause: 'TLS_TIMEOUT',
    toldApart: /PostgreSQL silent.*nothing sent silent/,
    run: async ({ check, disposables }) => {
      const script =
        "require('node:net').createServer().listen(0,'127.0.0.1',function(){process.stdout.write(String(this.address().port))})";
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
      disposables.push(() => child.kill('SIGKILL'));
      const port = await new Promise<string>((resolve) =>
        child.stdout.once('data', (text) => resolve(String(text))),
      );
      child.kill('SIGSTOP');
      return check({ DATABASE_PORT: port, DATABASE_CONNECT_TIMEOUT: '1' });
    },
  },
];
