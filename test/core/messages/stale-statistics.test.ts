import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  acknowledge,
  claim,
  type Leased,
  publishBatch,
  release,
  type Sql,
} from '../../../core/messages/index.ts';
import { aMessage, type Outbox, startOutbox } from './outbox-fixture.ts';

/** A backlog comes within seconds; PostgreSQL counts again within a minute. */
describe('while PostgreSQL takes the outbox for empty', () => {
  let at: Outbox;
  beforeAll(async () => {
    at = await startOutbox();
    await at.sql('ALTER TABLE breakwater_outbox SET (autovacuum_enabled = off)');
  });
  afterAll(() => at?.dispose());
  beforeEach(async () => {
    await at.empty();
    await at.sql('VACUUM ANALYZE breakwater_outbox');
    await publishBatch(
      at.database,
      Array.from({ length: 10_000 }, (_, number) => aMessage(`key-${number % 500}`, number)),
    );
  });

  const leaseMs = 60_000;
  const read = async (sql: Sql): Promise<number> => {
    const { rows } = await sql.query<{ read: string }>(
      `SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS read
       FROM pg_stat_xact_user_tables WHERE relname = 'breakwater_outbox'`,
    );
    return Number(rows[0]?.read);
  };
  /** Rows of the outbox that `work` has read. */
  const readBy = (work: (sql: Sql) => Promise<unknown>): Promise<number> =>
    at.database.transaction(async (transaction) => {
      const before = await read(transaction);
      await work(transaction);
      return (await read(transaction)) - before;
    });
  const claimIn = (sql: Sql): Promise<Leased[]> =>
    claim({ query: sql.query, transaction: (work) => work(sql) }, { limit: 100, leaseMs });

  it('a claim reads no more rows than it looks at, and those that it takes', async () => {
    expect(await readBy(claimIn)).toBeLessThan(1_000);
  });

  it.each<[string, (sql: Sql, held: Leased[]) => Promise<unknown>]>([
    ['what is sent', (sql, held) => acknowledge(sql, held)],
    ['what is given back', (sql, held) => release(sql, held, 0)],
  ])('noting %s reads no other rows', async (_what, note) => {
    const held = await claim(at.database, { limit: 100, leaseMs });
    expect(await readBy((sql) => note(sql, held))).toBeLessThan(500);
  });
});
