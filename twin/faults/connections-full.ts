import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { FaultDefinition, FaultTarget } from './fault.ts';

/** SQLSTATE too_many_connections. */
const tooManyConnections = '53300';

/** How many are opened at a time: enough to be quick, few enough to fit the server's listen queue. */
const atOnce = 8;

const applicationName = 'breakwater-fault-connections-full';

/** Slots that ordinary roles may use, how many are taken by any of them, and how many by this fault. */
const slots = async ({ database }: FaultTarget): Promise<{ usable: number; taken: number; ours: number }> => {
  const { rows } = await database.administer(
    `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - current_setting('reserved_connections')::int as usable,
      count(*) filter (where usename <> current_user)::int as taken,
      count(*) filter (where application_name = '${applicationName}')::int as ours
      from pg_stat_activity where backend_type = 'client backend'`,
  );
  return rows[0];
};

/** How long the server may take to count a session that came or went, milliseconds. */
const patience = 10_000;

/** Looks at the slots until they are as `wanted`; `between` runs before each look. */
const until = async (
  target: FaultTarget,
  wanted: (seen: Awaited<ReturnType<typeof slots>>) => boolean,
  between: () => Promise<void> = async () => undefined,
): Promise<void> => {
  const end = performance.now() + patience;
  for (;;) {
    await between();
    const seen = await slots(target);
    if (wanted(seen)) return;
    if (performance.now() > end)
      throw new Error(
        `connections-full: ${seen.taken} of ${seen.usable} slots are taken, ${seen.ours} by it.`,
      );
    await sleep(20);
  }
};

/** A session that stays open, or `undefined` when the server had no slot left for it. */
const hold = async ({ database, application }: FaultTarget): Promise<pg.Client | undefined> => {
  const client = new pg.Client({
    host: database.server.host,
    port: database.server.port,
    user: application.user,
    password: application.password,
    database: application.database,
    connectionTimeoutMillis: 10_000,
    application_name: applicationName,
    ssl: { rejectUnauthorized: false },
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    if ((error as { code?: string }).code === tooManyConnections) return undefined;
    throw error;
  }
};

/** Slots that others give back are taken at once, as a leaking service would. */
const refillInterval = 250;

export const connectionsFull: FaultDefinition = {
  doc: 'Every connection slot that an ordinary role may use is taken by sessions of the application role.',
  driven: true,
  parts: ['database'],
  breaks: ['connections-exhausted'],
  cause: 'TOO_MANY_CONNECTIONS',
  inject: async (target) => {
    const held: pg.Client[] = [];
    let lifted = false;
    const fill = async (count: number): Promise<void> => {
      for (let full = false; !full && !lifted; ) {
        const clients = await Promise.all(Array.from({ length: count }, () => hold(target)));
        held.push(...clients.filter((client) => client !== undefined));
        full = clients.includes(undefined);
      }
    };
    const release = async (): Promise<void> => {
      lifted = true;
      await Promise.all(held.map((client) => client.end().catch(() => undefined)));
    };
    try {
      await fill(atOnce);
      // A session that was refused keeps its slot for a moment: what looked full may have room afterwards.
      await until(
        target,
        ({ usable, taken }) => taken >= usable,
        () => fill(1),
      );
    } catch (error) {
      await release();
      throw error;
    }
    let filling: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      // One at a time: several would take the reserved slots as well while they log in. A server that is
      // being restarted has other worries; the next round tries again.
      filling = filling.then(() => fill(1)).catch(() => undefined);
    }, refillInterval);
    timer.unref();
    const stop = (): void => {
      clearInterval(timer);
      lifted = true;
    };
    target.stopping.addEventListener('abort', stop, { once: true });
    return async () => {
      target.stopping.removeEventListener('abort', stop);
      stop();
      await filling;
      await release();
      // The server gives a slot back a moment after its client has gone, if it is there at all.
      if (target.database.server.pid() !== undefined) await until(target, ({ ours }) => ours === 0);
    };
  },
};
