import type { Database } from '../servers/index.ts';

const minute = 60_000;

/**
 * A minute passes for what waits in the outbox too: its rows get older by as much as the alarm clock is ahead of
 * the real one. How old they are is then measured by the service as always.
 */
export const createAgeing = (database: Database, name: string) => {
  let last = performance.now();
  return async (): Promise<void> => {
    const now = performance.now();
    const ahead = minute - (now - last);
    last = now;
    if (ahead <= 0 || database.server.pid() === undefined) return;
    await database
      .administer(
        `set statement_timeout = 1000; update breakwater_outbox set created_at = created_at - interval '${Math.round(ahead)} ms'
          where sent_at is null and dead_at is null`,
        name,
      )
      .catch(() => undefined);
  };
};
