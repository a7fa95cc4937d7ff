import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type PostgresServer, startPostgres } from '../../../twin/servers/postgres.ts';
import { type FaultProxy, startFaultProxy } from '../../fixtures/fault-proxy.ts';
import { openPool, type PoolUnderTest } from './pool-fixture.ts';

let server: PostgresServer;
let proxy: FaultProxy;
let pool: PoolUnderTest;

beforeAll(async () => {
  server = await startPostgres();
  const setup = openPool(server);
  await setup.database.query('CREATE TABLE notes (id text PRIMARY KEY, body text)');
  await setup.close();
});
afterAll(() => server?.dispose());
beforeEach(async () => {
  proxy = await startFaultProxy(server.port);
  pool = openPool(server, { port: proxy.port });
});
afterEach(async () => {
  await pool.close();
  await proxy.dispose();
});

const insert = 'INSERT INTO notes (id) VALUES ($1)';
const countOf = async (id: string): Promise<number> => {
  const { rows } = await pool.database.query('SELECT count(*)::int AS n FROM notes WHERE id = $1', [id], {
    repeatable: true,
  });
  return rows[0]?.n;
};

/** Cuts the connection when a text goes by: before the server sees it, or after it has done it. */
const cutAt = (text: string, how: 'cut' | 'swallow-answer', times = 1): void => {
  let left = times;
  proxy.onRequest = (piece) => {
    if (left === 0 || !piece.includes(text)) return 'pass';
    left -= 1;
    return how;
  };
};

describe('a transaction', () => {
  it('does all or nothing', async () => {
    await expect(
      pool.database.transaction(async ({ query }) => {
        await query(insert, ['half']);
        throw new TypeError('of the caller');
      }),
    ).rejects.toThrow(TypeError);
    expect(await countOf('half')).toBe(0);
    await pool.database.transaction(({ query }) => query(insert, ['whole']));
    expect(await countOf('whole')).toBe(1);
    expect(pool.operations.slice(0, 1)).toEqual(['refused']);
  });

  it('is repeated as a whole when the connection breaks before the commit', async () => {
    cutAt('before-commit', 'swallow-answer');
    let runs = 0;
    await pool.database.transaction(async ({ query }) => {
      runs += 1;
      await query(insert, ['before-commit']);
    });
    expect(runs).toBe(2);
    expect(await countOf('before-commit')).toBe(1);
  });

  it('whose commit got no answer is not repeated without its key', async () => {
    cutAt('COMMIT', 'swallow-answer');
    let runs = 0;
    const outcome = pool.database.transaction(async ({ query }) => {
      runs += 1;
      await query(insert, ['unknown']);
    });
    await expect(outcome).rejects.toMatchObject({
      name: 'DatabaseError',
      cause: 'CONNECTION_LOST',
      failure: { phase: 'commit', outcomeUnknown: true },
    });
    expect(runs).toBe(1);
    expect(await countOf('unknown')).toBe(1);
  });

  it('whose commit got no answer is repeated when it carries its key, and finds itself done', async () => {
    cutAt('COMMIT', 'swallow-answer');
    let runs = 0;
    await pool.database.transaction(
      async ({ query }) => {
        runs += 1;
        await query(`${insert} ON CONFLICT DO NOTHING`, ['keyed']);
      },
      { repeatable: true },
    );
    expect(runs).toBe(2);
    expect(await countOf('keyed')).toBe(1);
  });

  it('that another one was in the way of is repeated', async () => {
    await pool.database.query("INSERT INTO notes VALUES ('contended', '0')");
    const raise = () =>
      pool.database.transaction(async ({ query }) => {
        await query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
        const { rows } = await query<{ body: string }>("SELECT body FROM notes WHERE id = 'contended'");
        await query('SELECT pg_sleep(0.05)');
        await query("UPDATE notes SET body = $1 WHERE id = 'contended'", [Number(rows[0]?.body) + 1]);
      });
    await Promise.all([raise(), raise()]);
    const { rows } = await pool.database.query("SELECT body FROM notes WHERE id = 'contended'");
    expect(rows).toEqual([{ body: '2' }]);
    expect(pool.log.lines.map(({ cause }) => cause)).toContain('TRANSACTION_CONFLICT');
  });

  it('survives that its session is ended by an operator while it runs', async () => {
    let runs = 0;
    await pool.database.transaction(async ({ query }) => {
      runs += 1;
      const { rows } = await query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      if (runs === 1) await pool.database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await query(insert, ['terminated']);
    });
    expect(runs).toBe(2);
    expect(await countOf('terminated')).toBe(1);
  });

  it('does not hide a failed statement whose error the caller swallowed', async () => {
    const outcome = pool.database.transaction(async ({ query }) => {
      await query('SELECT nonsense').catch(() => undefined);
    });
    await expect(outcome).rejects.toMatchObject({
      cause: 'STATEMENT_REJECTED',
      failure: { phase: 'commit' },
    });
  });

  it('that waits for a lock ends at the lock limit and says so', async () => {
    await pool.database.query("INSERT INTO notes VALUES ('locked', '')");
    const blocker = pool.database.transaction(async ({ query }) => {
      await query("UPDATE notes SET body = 'a' WHERE id = 'locked'");
      await new Promise((resolve) => setTimeout(resolve, 900));
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const impatient = openPool(server, { env: { DATABASE_MAX_RETRIES: '0' } });
    const blocked = impatient.database.query("UPDATE notes SET body = 'b' WHERE id = 'locked'");
    await expect(blocked).rejects.toMatchObject({ cause: 'QUERY_TIMEOUT', sqlstate: '55P03' });
    expect(impatient.breaker.status().failures).toBe(0);
    expect(impatient.pool.stats.replaced).toBe(0);
    await Promise.all([blocker, impatient.close()]);
  });
});

describe('a rotated password', () => {
  it('is read from the secret once when the old one is rejected, and no request fails', async () => {
    const admin = openPool(server);
    await admin.database.query("CREATE ROLE rotated LOGIN PASSWORD 'first'");
    let password = 'first';
    let readings = 0;
    const secret = () => {
      readings += 1;
      return JSON.stringify({ password });
    };
    const rotating = openPool(server, { port: proxy.port, secret, env: { DATABASE_USER: 'rotated' } });
    try {
      await rotating.database.query('SELECT 1');
      password = 'second';
      await admin.database.query("ALTER ROLE rotated PASSWORD 'second'");
      proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await Promise.all([1, 2, 3, 4].map(() => rotating.database.query('SELECT pg_sleep(0.05)')));
      expect(readings).toBe(2);
      expect(rotating.operations).not.toContain('failed');
    } finally {
      await rotating.close();
      await admin.close();
    }
  });

  it('that the secret does not have either is a failure that is not repeated', async () => {
    const secret = () => JSON.stringify({ password: 'wrong' });
    const wrong = openPool(server, { port: proxy.port, secret });
    try {
      await expect(wrong.database.query('SELECT 1')).rejects.toMatchObject({
        cause: 'PASSWORD_REJECTED',
        attempts: 1,
      });
      expect(JSON.stringify(wrong.log.lines)).not.toContain('wrong');
    } finally {
      await wrong.close();
    }
  });
});
