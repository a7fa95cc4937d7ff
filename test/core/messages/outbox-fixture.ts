import { randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  modelReady,
  modelReadyType,
  type NewMessage,
  type SqlDatabase,
} from '../../../core/messages/index.ts';
import { migrate } from '../../../service/migration/migrate.ts';
import { startPostgres } from '../../../twin/servers/postgres.ts';
import { sqlDatabase } from '../../fixtures/migrated-database.ts';

/** The outbox of a real PostgreSQL. */
export interface Outbox {
  database: SqlDatabase;
  pool: pg.Pool;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Empties every table of the queue. */
  empty(): Promise<void>;
  /** Ends leases and delays at once, of these messages or of all. */
  expire(ids?: readonly string[]): Promise<void>;
  dispose(): Promise<void>;
}

export const startOutbox = async (): Promise<Outbox> => {
  const server = await startPostgres();
  const { host, port, superuser } = server;
  const login = { host, port, user: superuser.name, password: superuser.password };
  const withClient = async (database: string, work: (client: pg.Client) => Promise<unknown>) => {
    const client = new pg.Client({ ...login, database });
    await client.connect();
    await work(client).finally(() => client.end());
  };
  await withClient('postgres', (client) => client.query('CREATE DATABASE app'));
  await withClient('app', (client) => migrate(client));
  const pool = new pg.Pool({ ...login, database: 'app', max: 12 });
  const sql: Outbox['sql'] = async (text, values) => (await pool.query(text, values)).rows;
  return {
    pool,
    sql,
    database: sqlDatabase(pool),
    empty: async () => {
      await sql('TRUNCATE breakwater_outbox, breakwater_transports, breakwater_inbox RESTART IDENTITY');
    },
    expire: async (ids) => {
      await sql(
        `UPDATE breakwater_outbox SET held_until = now() - interval '1 millisecond'
         WHERE held_until IS NOT NULL AND ($1::uuid[] IS NULL OR message_id = ANY($1))`,
        [ids ?? null],
      );
    },
    dispose: async () => {
      await pool.end();
      await server.dispose();
    },
  };
};

const facts = {
  token_symbol: 'hok-1',
  metric_name: 'accuracy',
  baseline_value: 0.8,
  current_value: 0.85,
  model_version: '3',
};

/** A message that today's consumers can read; `number` tells it from the others of its key. */
export const aMessage = (key: string, number: number | string = 0, more: Partial<NewMessage> = {}) => ({
  id: randomUUID(),
  type: modelReadyType,
  key,
  payload: {
    ...modelReady(
      { ...facts, model_id: `${key}/${number}`, model_name: key, mlflow_run_id: `run-${number}` },
      new Date(0),
    ),
  },
  ...more,
});

/** What tells a message from the others of its key. */
export const numberOf = ({ payload }: { payload: Readonly<Record<string, unknown>> }): string =>
  String(payload.model_id).split('/')[1] ?? '';
