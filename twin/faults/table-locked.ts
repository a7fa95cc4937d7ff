import pg from 'pg';
import type { FaultDefinition } from './fault.ts';

/** More than the pool has, and more than once over. */
const crowd = 40;

/** How long the service may take to answer one of the crowd, milliseconds. */
const patience = 15_000;

export const poolExhausted: FaultDefinition = {
  doc: `${crowd} clients register models without pause while a lock keeps each of them waiting: the pool has no turn left.`,
  driven: true,
  parts: ['database'],
  breaks: ['pool-waiting', 'registrations-blocked'],
  cause: 'LOCK_HELD',
  inject: async (target) => {
    const { users, stopping } = target;
    if (!users) throw new Error('The crowd needs a key that the auth service accepts.');
    const unlock = await tableLocked.inject(target);
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, stopping]);
    let registered = 0;
    const register = async (): Promise<void> => {
      while (!signal.aborted) {
        registered += 1;
        const body = JSON.stringify({
          ...{
            model_name: `crowd-${registered}`,
            version: '1',
            token_id: 'CROWD',
            proposal_identifier: 'crowd',
          },
          ...{ metric_name: 'accuracy', mlflow_run_id: 'crowd', baseline_value: 0.8, current_value: 0.9 },
        });
        await fetch(`${users.url}/models/tokenized-registration-events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${users.key}` },
          body,
          signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
        })
          .then((response) => response.arrayBuffer())
          .catch(() => undefined);
      }
    };
    const all = Array.from({ length: crowd }, register);
    return async () => {
      over.abort();
      await Promise.all(all);
      await unlock();
    };
  },
};

export const tableLocked: FaultDefinition = {
  doc: 'A session of an operator holds a lock on the table of registrations: every statement that wants it waits.',
  driven: true,
  parts: ['database'],
  breaks: ['registrations-blocked'],
  cause: 'LOCK_HELD',
  inject: async ({ database, application }) => {
    const { host, port, superuser } = database.server;
    const client = new pg.Client({
      ...{ host, port, user: superuser.name, password: superuser.password, database: application.database },
      connectionTimeoutMillis: 10_000,
      ssl: { rejectUnauthorized: false },
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      // It must wait for those who have the table now, and those who come after wait for it.
      await client.query('set statement_timeout = 0; set lock_timeout = 0; begin');
      await client.query('set local idle_in_transaction_session_timeout = 0');
      await client.query('lock table breakwater_registrations in access exclusive mode');
    } catch (error) {
      await client.end();
      throw error;
    }
    return async () => {
      await client.query('rollback').catch(() => undefined);
      await client.end();
    };
  },
};
