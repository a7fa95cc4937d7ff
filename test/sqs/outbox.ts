import pg from 'pg';
import { modelReady } from '../../core/messages/index.ts';
import type { NewMessage } from '../../core/messages/message.ts';
import { type PassReport, relayPass } from '../../core/messages/relay/pass.ts';
import type { SqlDatabase } from '../../core/messages/sql.ts';
import type { Transport } from '../../core/messages/transport.ts';
import { migrate } from '../../service/migration/migrate.ts';
import { startPostgres } from '../../twin/servers/postgres.ts';
import { openPool } from '../service/postgres/pool-fixture.ts';

export interface Outbox {
  database: SqlDatabase;
  /** One pass of the relay. */
  pass(transport: Transport, batch?: number): Promise<PassReport>;
  /** As many as are needed until nothing is left that could be sent now. */
  relay(transport: Transport): Promise<{ sent: number; dead: number }>;
  clear(): Promise<void>;
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
  const pool = openPool(server, { env: { DATABASE_NAME: 'app', DATABASE_STATEMENT_TIMEOUT: '10' } });
  const { database } = pool;
  const pass = (transport: Transport, batch = 100) =>
    relayPass({ database, transport, batch, leaseMs: 120_000, retries: 3, retryDelayMs: 1 });
  return {
    database,
    pass,
    relay: async (transport) => {
      const total = { sent: 0, dead: 0 };
      for (;;) {
        const { claimed, sent, dead } = await pass(transport);
        total.sent += sent;
        total.dead += dead;
        if (claimed === 0) return total;
      }
    },
    clear: async () => {
      await database.query('TRUNCATE public.breakwater_outbox');
    },
    dispose: async () => {
      await pool.close();
      await server.dispose();
    },
  };
};

/** The n-th event of a model; models are keys. */
export const event = (model: string, number: number, tags: Record<string, string> = {}): NewMessage => ({
  type: 'model_ready_to_deploy',
  key: model,
  payload: {
    ...modelReady(
      {
        model_id: `${model}/${number}`,
        token_symbol: 'tok',
        metric_name: 'auc',
        baseline_value: 0.8,
        current_value: 0.85,
        model_name: model,
        model_version: String(number),
        tags,
      },
      new Date(),
    ),
  },
  headers: { trace_id: `trace-${number}` },
});

/** `each` events of every one of `models` models, as they would be published: one model after the other. */
export const events = (models: number, each: number): NewMessage[] =>
  Array.from({ length: models * each }, (_, index) =>
    event(`model ${index % models}`, Math.floor(index / models)),
  );
