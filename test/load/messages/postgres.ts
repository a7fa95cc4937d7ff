/** PostgreSQL that is killed in several ways and comes back with its data. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresServer, startPostgres } from '../../../twin/servers/postgres.ts';
import type { Running } from './victim.ts';

/** What was committed is there after a crash, as with RDS; the twin's own servers do not wait for that. */
export const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

/** Time in which it must be back, milliseconds. */
const patienceMs = 60_000;

/** The processes of the server, which have sessions of their own; Linux only, elsewhere they end by themselves. */
const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

const killAll = async (server: PostgresServer): Promise<void> => {
  const pid = server.pid();
  if (pid === undefined) return;
  for (const one of [pid, ...childrenOf(pid)]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It ended before.
    }
  }
  while (server.pid() !== undefined) await sleep(10);
};

/** What is left of a killed server may be in the way for a moment. */
const startAgain = async (server: PostgresServer): Promise<void> => {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await server.start();
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(200);
    }
  }
};

export const startDurablePostgres = async (): Promise<Running & { server: PostgresServer }> => {
  const server = await startPostgres({ parameters: durable });
  return {
    server,
    crashes: [],
    fall: (how) => {
      if (how === 'SIGKILL') return killAll(server);
      return server.stop(how === 'immediate' ? 'immediate' : 'fast');
    },
    rise: () => startAgain(server),
    end: () => server.dispose(),
  };
};
