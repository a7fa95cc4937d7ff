import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { budgetOf, createSecretReader, openPostgres, startClimb } from '../../core/checks/index.ts';
import { readSettings, resolvePostgres } from '../../core/settings/index.ts';
import { MigrationWatch } from '../../service/health/migrations.ts';
import { type PostgresServer, startPostgres } from '../../twin/servers/postgres.ts';
import { migratedDatabase } from '../fixtures/migrated-database.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.dispose());

it('migrations that the role may not read are a finding about them, and none about the database', async () => {
  const { env, login } = await migratedDatabase(server);
  const admin = new pg.Client(login);
  await admin.connect();
  await admin.query("CREATE ROLE reader LOGIN PASSWORD 'reader'").finally(() => admin.end());
  const settings = { ...env, DATABASE_USER: 'reader', DATABASE_PASSWORD: 'reader' };
  const resolved = resolvePostgres(readSettings(settings));
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
  const secrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 100 });
  const options = { target: resolved.value, secrets, dnsTimeoutMs: 500, queryTimeoutMs: 1_000 };
  const opened = await openPostgres(options, startClimb(), budgetOf(5_000));
  if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
  const watch = new MigrationWatch(['0001_mark-the-table-as-ours']);
  const looked = await watch.look(opened.value, budgetOf(1_000));
  opened.value.close();
  expect(looked.ok).toBe(true);
  expect(watch.state).toMatchObject({
    applied: false,
    reason: expect.stringContaining('cannot be read: permission denied for table breakwater_migrations'),
  });
});
