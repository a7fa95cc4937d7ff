/** PostgreSQL: the session is open, and still of no use. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from '../../../core/checks/index.ts';
import { startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { refusesQueries } from '../../fixtures/postgres-script.ts';
import type { Fault } from '../fault.ts';
import { type PostgresWorld, quotedPassword, withoutTls } from '../worlds/postgres-world.ts';

const dependency = 'postgres';

/** The check through a proxy that does something once the first query passes. */
const whenAsked = async (
  { small, check, disposables }: PostgresWorld,
  act: (proxy: Awaited<ReturnType<typeof startFaultProxy>>) => void,
): Promise<Check> => {
  const proxy = await startFaultProxy(small.port);
  disposables.push(() => proxy.dispose());
  proxy.onRequest = (piece) => {
    if (piece.includes('select current_database()')) act(proxy);
    return 'pass';
  };
  return check(withoutTls(proxy.port));
};

/** The check while the catalogue is locked, so that its write waits. */
const whileLocked = async (
  world: PostgresWorld,
  settings: string,
  meanwhile: () => unknown = () => undefined,
): Promise<Check> => {
  const user = `waiting_${Math.random().toString(36).slice(2)}`;
  await world.admin(`create role ${user} login password ${quotedPassword}`);
  if (settings) await world.admin(`alter role ${user} set ${settings}`);
  const holder = await world.hold(world.server, 'begin; lock table pg_class in share mode');
  try {
    const found = world.check({ DATABASE_USER: user });
    await meanwhile();
    return await found;
  } finally {
    await holder.query('rollback');
  }
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A database whose files are on a small file system of its own, which is then filled. */
const onFullDisk = async ({ server, admin, check, disposables }: PostgresWorld): Promise<Check> => {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-full-'));
  const { uid, gid } = statSync(server.directory);
  const options = `size=24m,uid=${uid},gid=${gid},mode=0700`;
  chmodSync(folder, 0o755);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (mounted.status !== 0) throw new Error(mounted.stderr.toString());
  disposables.unshift(() => {
    // After the server has ended: until then it holds files there.
    spawnSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  await admin(`create tablespace tiny location '${folder}'`);
  await admin('create database crowded tablespace tiny');
  // What is temporary goes to a disk with room: that must not hide it.
  await admin("alter database crowded set temp_tablespaces = 'pg_default'");
  // Room in the catalogues, so that only the table itself needs more of the disk.
  for (const statement of [
    `do $$ begin for n in 1..50 loop execute 'create temporary table t' || n || ' (a int)'; end loop;
      raise exception using errcode = '22000'; exception when data_exception then null; end $$`,
    'vacuum (truncate false)',
  ])
    await admin(statement, server, 'crowded');
  // The first session of a database writes its caches; without them it would fail earlier.
  await check({ DATABASE_NAME: 'crowded' });
  const filler = Buffer.alloc(1_048_576);
  for (let count = 0; ; count++) {
    try {
      writeFileSync(join(folder, `filler-${count}`), filler);
    } catch {
      return check({ DATABASE_NAME: 'crowded' });
    }
  }
};

export const postgresUsageFaults: readonly Fault<PostgresWorld>[] = [
  {
    dependency,
    name: 'a role whose transactions are read-only by default',
    cause: 'READ_ONLY',
    evidence: { readOnlyBy: 'default_transaction_read_only', inRecovery: false, setBy: 'user' },
    remedy: /^Take default_transaction_read_only off/,
    run: async ({ admin, check }) => {
      await admin(`create role reader login password ${quotedPassword}`);
      await admin('alter role reader set default_transaction_read_only = on');
      return check({ DATABASE_USER: 'reader' });
    },
  },
  {
    dependency,
    name: 'a database whose transactions are read-only by default',
    cause: 'READ_ONLY',
    evidence: { readOnlyBy: 'default_transaction_read_only', setBy: 'database' },
    run: async ({ admin, check }) => {
      await admin('create database frozen');
      await admin('alter database frozen set default_transaction_read_only = on');
      return check({ DATABASE_NAME: 'frozen' });
    },
  },
  {
    dependency,
    name: 'a full disk: reads go on, a write finds it',
    cause: 'DISK_FULL',
    evidence: { sqlstate: '53100', during: 'write check', writeCheck: 'made', database: 'crowded' },
    needs: 'root',
    run: onFullDisk,
  },
  {
    dependency,
    name: 'a disk that is full, as the server reports it',
    cause: 'DISK_FULL',
    run: ({ scripted }) =>
      scripted(refusesQueries({ code: '53100', message: 'could not extend file: No space left on device' })),
  },
  {
    dependency,
    name: 'a lock that is not had in lock_timeout',
    cause: 'QUERY_TIMEOUT',
    evidence: { sqlstate: '55P03', limit: 'lock_timeout', during: 'write check' },
    run: (world) => whileLocked(world, "lock_timeout = '50ms'"),
  },
  {
    dependency,
    name: 'a statement that runs into statement_timeout',
    cause: 'QUERY_TIMEOUT',
    evidence: { sqlstate: '57014', limit: 'statement_timeout' },
    run: (world) => whileLocked(world, "statement_timeout = '100ms'"),
  },
  {
    dependency,
    name: 'a query that is not answered in time',
    cause: 'QUERY_TIMEOUT',
    evidence: { during: 'write check' },
    run: (world) => whileLocked(world, ''),
  },
  {
    dependency,
    name: 'a session that an administrator ends',
    cause: 'SERVER_SHUTTING_DOWN',
    evidence: { sqlstate: '57P01' },
    run: (world) =>
      whileLocked(world, '', async () => {
        await pause(200);
        await world.admin(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'breakwater-probe'",
        );
      }),
  },
  {
    dependency,
    name: 'a peer that vanished after the login',
    cause: 'QUERY_TIMEOUT',
    run: (world) => whenAsked(world, (proxy) => proxy.blackHole()),
  },
  {
    dependency,
    name: 'a connection that is cut in the first query',
    cause: 'CONNECTION_LOST',
    run: (world) => whenAsked(world, (proxy) => proxy.cut()),
  },
  {
    dependency,
    name: 'an idle session that the server ended',
    cause: 'CONNECTION_LOST',
    evidence: { limit: 'idle_session_timeout' },
    run: ({ scripted }) =>
      scripted(
        refusesQueries({ code: '57P05', message: 'terminating connection due to idle-session timeout' }),
      ),
  },
  {
    dependency,
    name: 'a session that ends because another one crashed the server',
    cause: 'CONNECTION_LOST',
    evidence: { sqlstate: '57P02' },
    run: ({ scripted }) =>
      scripted(
        refusesQueries({
          code: '57P02',
          message: 'terminating connection because of crash of another process',
        }),
      ),
  },
  {
    dependency,
    name: 'damaged data that a query meets',
    cause: 'SERVER_ERROR',
    evidence: { sqlstate: 'XX001' },
    run: ({ scripted }) =>
      scripted(refusesQueries({ code: 'XX001', message: 'invalid page in block 7 of relation base/5/1259' })),
  },
  {
    dependency,
    name: 'a server without memory for a query',
    cause: 'OUT_OF_MEMORY',
    run: ({ scripted }) => scripted(refusesQueries({ code: '53200', message: 'out of memory' })),
  },
  {
    dependency,
    name: 'a standby that cancels a query because of its recovery',
    cause: 'TRANSACTION_CONFLICT',
    run: ({ scripted }) =>
      scripted(
        refusesQueries({ code: '40001', message: 'canceling statement due to conflict with recovery' }),
      ),
  },
];
