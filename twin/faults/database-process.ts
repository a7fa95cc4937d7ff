import { endSessions } from './end-sessions.ts';
import type { FaultDefinition } from './fault.ts';

export const databaseHang: FaultDefinition = {
  doc: 'The server stands still: connections are accepted by the system, and nothing is answered on any.',
  driven: true,
  parts: ['database'],
  breaks: ['postgres-unreachable'],
  cause: 'TLS_TIMEOUT',
  inject: async ({ database }) => {
    await endSessions(database);
    const pid = database.server.pid();
    if (pid === undefined) throw new Error('PostgreSQL does not run: it cannot stand still.');
    process.kill(pid, 'SIGSTOP');
    // Another runs when it was started again.
    return async () => void process.kill(database.server.pid() ?? pid, 'SIGCONT');
  },
};

export const databaseReadOnly: FaultDefinition = {
  doc: 'The server takes no writes, as one that was left behind by a failover.',
  driven: true,
  parts: ['database'],
  breaks: ['postgres-read-only'],
  cause: 'READ_ONLY',
  inject: async ({ database }) => {
    const set = async (value: 'on' | 'off'): Promise<void> => {
      await database.administer(`alter system set default_transaction_read_only = ${value}`);
      await database.administer('select pg_reload_conf()');
      await endSessions(database);
    };
    await set('on');
    return () => set('off');
  },
};

export const databaseLogin: FaultDefinition = {
  doc: 'The application role may not log in any more, and its sessions were ended.',
  driven: true,
  parts: ['database'],
  breaks: ['postgres-refuses-login'],
  cause: 'LOGIN_NOT_PERMITTED',
  inject: async ({ database, application }) => {
    const set = async (what: 'nologin' | 'login'): Promise<void> => {
      await database.administer(`alter role "${application.user}" ${what}`);
    };
    await set('nologin');
    await endSessions(database);
    return () => set('login');
  },
};

export const databaseRenamed: FaultDefinition = {
  doc: 'Somebody renamed the database on the server; everything else has the old name.',
  driven: true,
  parts: ['database'],
  breaks: ['database-missing'],
  cause: 'DATABASE_MISSING',
  inject: async ({ database, application }) => {
    const rename = async (from: string, to: string): Promise<void> => {
      for (let attempt = 1; ; attempt += 1) {
        await database.administer(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${from}'`,
        );
        try {
          await database.administer(`alter database "${from}" rename to "${to}"`);
          return;
        } catch (error) {
          // Somebody came back in between.
          if (attempt === 20) throw error;
        }
      }
    };
    const other = `${application.database}_old`;
    await rename(application.database, other);
    return () => rename(other, application.database);
  },
};
