import pg from 'pg';
import type { FaultDefinition, FaultTarget } from './fault.ts';

/** SQLSTATE too_many_connections. */
const tooManyConnections = '53300';

/** How many are opened at a time: enough to be quick, few enough to fit the server's listen queue. */
const atOnce = 8;

/** A session that stays open, or `undefined` when the server had no slot left for it. */
const hold = async ({ database, application }: FaultTarget): Promise<pg.Client | undefined> => {
  const client = new pg.Client({
    host: database.server.host,
    port: database.server.port,
    user: application.user,
    password: application.password,
    database: application.database,
    connectionTimeoutMillis: 10_000,
    application_name: 'breakwater-fault-connections-full',
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
    };
  },
};
