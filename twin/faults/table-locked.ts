import pg from 'pg';
import type { FaultDefinition } from './fault.ts';

export const tableLocked: FaultDefinition = {
  doc: 'A session of an operator holds a lock on the table of registrations: every statement that wants it waits.',
  driven: true,
  breaks: ['registrations-blocked'],
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
