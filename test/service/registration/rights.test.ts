import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Answer } from '../running.ts';
import { anEvent, type Registering, startRegistering, writer } from './registration-fixture.ts';

/** The name of the newest migration. */
const last = readdirSync(new URL('../../../service/migration/migrations', import.meta.url))
  .sort()
  .at(-1)
  ?.replace(/\.sql$/, '');

const operator = { authorization: 'Bearer operators-token' };

/** The service logs in as a role that owns nothing: a superuser has every right. */
let at: Registering;
beforeAll(async () => {
  at = await startRegistering();
  await at.sql("CREATE ROLE plain LOGIN PASSWORD 'plain-plain'");
  await grant();
  await at.restart({
    DATABASE_USER: 'plain',
    DATABASE_PASSWORD: 'plain-plain',
    ADMIN_TOKEN: 'operators-token',
  });
});
afterAll(() => at?.dispose());
afterEach(async () => {
  await grant();
  await at.api.until('/ready', ({ status }) => status === 200);
});

const grant = async () => {
  await at.sql('GRANT USAGE ON SCHEMA public TO PUBLIC');
  await at.sql('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO plain');
};

const postgres =
  (wanted: string) =>
  ({ body }: Answer): boolean =>
    body.services.postgres === wanted;
const lines = (msg: string) => at.api.log.entries().filter((line) => line.msg === msg);
/** By `fetch`: a failure of ours is in no document, and the client of the tests would say so. */
const register = (name: string) =>
  fetch(`${at.api.base}/api/models/tokenized-registration-events`, {
    method: 'POST',
    headers: writer,
    body: JSON.stringify(anEvent(name)),
  });
/** So many checks of PostgreSQL come to their end after now. */
const checked = async (times: number) => {
  for (let count = 0; count < times; count += 1) {
    const { body } = await at.api.get('/health/detailed');
    const before = body.details.postgres.checked_at;
    await at.api.until('/health/detailed', (now) => now.body.details.postgres.checked_at !== before);
  }
};

describe('a registration that the database refuses', () => {
  it.each([
    ['42501', expect.stringMatching(/^(?!UNKNOWN)/), 'REVOKE INSERT ON breakwater_outbox FROM plain', ''],
    [
      '42703',
      'STATEMENT_REJECTED',
      'ALTER TABLE breakwater_outbox RENAME COLUMN headers TO other',
      'ALTER TABLE breakwater_outbox RENAME COLUMN other TO headers',
    ],
  ])(
    'is logged with its cause, its SQLSTATE and whose refusal it is: %s',
    async (sqlstate, cause, change, undo) => {
      await at.sql(change);
      try {
        const answer = await register(`refused by ${sqlstate}`);
        expect(answer.status).toBe(500);
        const { trace_id: id } = (await answer.json()) as { trace_id: string };
        const [line] = lines('request failed').filter(({ traceId }) => traceId === id);
        expect(line).toMatchObject({ dependency: 'postgres', cause, sqlstate });
      } finally {
        await at.sql(undo);
      }
    },
  );
});

describe('/health, while registrations cannot use their tables', () => {
  it.each([
    ['the schema is closed', 'REVOKE USAGE ON SCHEMA public FROM PUBLIC, plain'],
    ['a table may not be read', 'REVOKE SELECT ON breakwater_registrations FROM plain'],
    ['a table may not be written', 'REVOKE INSERT ON breakwater_outbox FROM plain'],
  ])('is unhealthy with the cause and what is lost: %s', async (_what, revoke) => {
    await at.sql(revoke);
    const { status, body } = await at.api.until('/health', postgres('unhealthy'));
    expect([status, body.status]).toEqual([503, 'unhealthy']);
    expect(body.degraded).toContainEqual({
      service: 'postgres',
      status: 'unhealthy',
      cause: expect.any(String),
      lost: expect.arrayContaining(['model registration']),
    });
    expect((await register('unusable')).status).toBe(500);
    const { details } = (await at.api.get('/health/detailed', operator)).body;
    expect(details.postgres).toMatchObject({
      detail: expect.stringContaining('permission denied'),
      evidence: { role: 'plain' },
    });
    expect((await at.api.get('/health/alb')).status).toBe(200);
    await grant();
    await at.api.until('/health', postgres('healthy'));
  });

  it('names the table that is not there', async () => {
    await at.sql('ALTER TABLE breakwater_outbox RENAME TO hidden');
    try {
      await at.api.until('/health', postgres('unhealthy'));
      const { details } = (await at.api.get('/health/detailed', operator)).body;
      expect(details.postgres).toMatchObject({
        cause: 'SCHEMA_MISSING',
        evidence: { missing: ['breakwater_outbox'] },
      });
    } finally {
      await at.sql('ALTER TABLE hidden RENAME TO breakwater_outbox');
    }
  });
});

describe('/health, while registrations are not harmed', () => {
  it.each([
    ['the history may not be read', 'REVOKE SELECT ON breakwater_migrations FROM plain', undefined],
    [
      'the history is of something else',
      `UPDATE breakwater_migrations SET name = 'other' WHERE name = '${last}'`,
      `UPDATE breakwater_migrations SET name = '${last}' WHERE name = 'other'`,
    ],
    [
      'a migration is not applied yet',
      `DELETE FROM breakwater_migrations WHERE name = '${last}'`,
      `INSERT INTO breakwater_migrations (name, run_on) VALUES ('${last}', now())`,
    ],
  ])('is as before, and only /ready says so: %s', async (_what, change, undo) => {
    await at.sql(change);
    try {
      const { body } = await at.api.until('/ready', ({ status }) => status === 503);
      expect(body.checks).toContainEqual(expect.objectContaining({ name: 'migrations', passed: false }));
      await checked(3);
      expect((await at.api.get('/health')).body.services.postgres).toBe('healthy');
    } finally {
      if (undo) await at.sql(undo);
    }
  });

  it.each(['breakwater_migrations', 'breakwater_models', 'breakwater_registrations', 'breakwater_outbox'])(
    'and /ready do not turn by a lock on %s',
    async (table) => {
      const { host, port, superuser } = at.around.server;
      const login = { host, port, user: superuser.name, password: superuser.password, database: 'app' };
      const holder = new pg.Client(login);
      await holder.connect();
      try {
        await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
        await checked(4);
        const { body } = await at.api.get('/health/detailed');
        expect([body.services.postgres, body.details.postgres.failures_in_a_row]).toEqual(['healthy', 0]);
        expect((await at.api.get('/ready')).status).toBe(200);
        expect((await at.api.get('/health/alb')).status).toBe(200);
      } finally {
        await holder.end();
      }
    },
  );

  it('and /ready do not turn by a history that takes longer than the check may', async () => {
    await at.sql(`BEGIN; ALTER TABLE breakwater_migrations RENAME TO hidden;
      CREATE VIEW breakwater_migrations AS SELECT hidden.* FROM hidden, pg_sleep(5);
      GRANT SELECT ON breakwater_migrations TO plain; COMMIT`);
    try {
      await checked(4);
      const { body } = await at.api.get('/health/detailed');
      expect([body.services.postgres, body.details.postgres.failures_in_a_row]).toEqual(['healthy', 0]);
      expect((await at.api.get('/ready')).status).toBe(200);
    } finally {
      await at.sql('DROP VIEW breakwater_migrations; ALTER TABLE hidden RENAME TO breakwater_migrations');
    }
  });
});
