import type { Database } from '../servers/index.ts';

/** Ends every session of a client, as a restart of the server would: who wants another must log in again. */
export const endSessions = async ({ administer }: Database): Promise<void> => {
  await administer(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()`,
  );
};
