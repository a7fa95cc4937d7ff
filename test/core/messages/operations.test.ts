import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createSecretReader } from '../../../core/checks/index.ts';
import {
  formatOperation,
  type MessageRequest,
  type OperationResult,
  type OperationTools,
  runOperation,
} from '../../../core/messages/index.ts';
import { readSettings } from '../../../core/settings/index.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type OutboxServer, type StoredMessage, startOutbox, store } from '../../fixtures/outbox.ts';
import { startRedisProcess } from '../../fixtures/redis-process.ts';

let box: OutboxServer;
beforeAll(async () => {
  box = await startOutbox();
});
beforeEach(() => box.empty());
afterAll(() => box?.dispose());

const noSecrets = createSecretReader(() => Promise.reject(new Error('no secret is expected here')), {
  timeoutMs: 1_000,
});

const run = <R extends OperationResult = OperationResult>(
  request: MessageRequest,
  pace: Partial<OperationTools['pace']> = {},
  environment: Record<string, string> = {},
): Promise<R> =>
  runOperation(request, {
    settings: readSettings({ ...box.environment, ...environment }, { reader: 'message-operations' }),
    secrets: noSecrets,
    now: () => new Date('2026-02-01T00:00:00Z'),
    confirmation: '--yes',
    pace: { sleep: async () => undefined, ...pace },
  }) as Promise<R>;

type Changed = Extract<OperationResult, { dryRun: false }>;
type Failed = Extract<OperationResult, { check: unknown }>;

const redrive = (more: Partial<Extract<MessageRequest, { operation: 'redrive' }>> = {}) =>
  ({ operation: 'redrive', filter: {}, limit: 100, rate: 50, dryRun: false, ...more }) as const;
const purge = (more: Partial<Extract<MessageRequest, { operation: 'purge' }>> = {}) =>
  ({ operation: 'purge', filter: {}, limit: 100, dryRun: false, confirm: true, ...more }) as const;

/** Ids by state, in the order of publishing. */
const stored = async (): Promise<Record<string, string[]>> => {
  const rows = await box.query<{ id: string; state: string }>(
    `SELECT message_id AS id, CASE WHEN dead_at IS NOT NULL THEN 'dead' WHEN sent_at IS NOT NULL THEN 'sent'
       WHEN held_until > now() THEN 'held' ELSE 'pending' END AS state
     FROM public.breakwater_outbox ORDER BY breakwater_outbox.id`,
  );
  const byState: Record<string, string[]> = {};
  for (const { id, state } of rows) {
    byState[state] ??= [];
    byState[state].push(id);
  }
  return byState;
};

/** One of each state, and what a run must leave alone. */
const oneOfEach: StoredMessage[] = [
  { state: 'pending', publishedAt: '2026-01-01T00:00:00Z' },
  { state: 'held' },
  { state: 'sent' },
  { state: 'dead' },
];

describe('depth', () => {
  test('counts what is in the outbox, and says which place is the one to look in', async () => {
    await store(box, oneOfEach);
    await box.query(
      `INSERT INTO public.breakwater_transports (name, server_id, since) VALUES ('redis:q', 'abc', '2026-01-02T00:00:00Z')`,
    );
    const result = await run({ operation: 'depth' });
    expect(result).toEqual({
      operation: 'depth',
      ok: true,
      environment: 'development',
      at: '2026-02-01T00:00:00.000Z',
      outbox: { pending: 2, held: 1, oldestAgeSeconds: expect.any(Number), dead: 1, kept: 1 },
      transports: [{ name: 'redis:q', since: '2026-01-02T00:00:00.000Z' }],
      lists: { looked: false, reason: 'MESSAGE_QUEUE_TYPE is none: no lists of Redis are used' },
      lookIn: expect.stringMatching(/^Dead messages are kept in the outbox in PostgreSQL.* look there/),
    });
    expect((result as { outbox: { oldestAgeSeconds: number } }).outbox.oldestAgeSeconds).toBeGreaterThan(
      86_400,
    );
  });

  test('of an empty outbox is nothing', async () => {
    expect(await run({ operation: 'depth' })).toMatchObject({
      outbox: { pending: 0, held: 0, oldestAgeSeconds: 0, dead: 0, kept: 0 },
      transports: [],
    });
  });

  test('names the place of what consumers of the transport have given up', async () => {
    const sentence = async (environment: Record<string, string>) =>
      ((await run({ operation: 'depth' }, {}, environment)) as { lookIn: string }).lookIn;
    const redis = { MESSAGE_QUEUE_TYPE: 'redis', MESSAGE_QUEUE_NAME: 'q', REDIS_ENABLED: 'true' };
    expect(await sentence({ ...redis, REDIS_HOST: '127.0.0.1', REDIS_PORT: '9' })).toContain(
      'What consumers put into q:dlq is moved there by the relay.',
    );
    expect(await sentence({ MESSAGE_QUEUE_TYPE: 'sqs' })).toContain('in the dead-letter queue beside it');
    expect(await sentence({})).not.toMatch(/dlq|SQS/);
  });

  (findRedis() ? test : test.skip)('names a key of another type, and counts the others', async () => {
    const redis = await startRedisProcess(findRedis() ?? '');
    try {
      await redis.command('LPUSH', 'q', 'x');
      await redis.command('SET', 'q:dlq', 'x');
      const result = await run(
        { operation: 'depth' },
        {},
        {
          ...{ ENVIRONMENT: 'development', MESSAGE_QUEUE_TYPE: 'redis', MESSAGE_QUEUE_NAME: 'q' },
          ...{ REDIS_ENABLED: 'true', REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port) },
          REDIS_TLS_ENABLED: 'false',
        },
      );
      expect(result).toMatchObject({
        ok: true,
        lists: {
          looked: true,
          waiting: 1,
          deadLetters: 0,
          wrong: [{ key: 'q:dlq', type: 'string', wanted: 'list' }],
        },
      });
      expect(formatOperation(result as Extract<OperationResult, { ok: true }>, { width: 100 })).toContain(
        '  q:dlq is of the type string, not list (WRONGTYPE): rename it, or delete it\n',
      );
    } finally {
      redis.dispose();
    }
  });

  test('shows the outbox also when the settings of Redis are wrong, and says what is', async () => {
    const settings = { MESSAGE_QUEUE_TYPE: 'redis', REDIS_ENABLED: 'true', REDIS_URL: 'http://x' };
    expect(await run({ operation: 'depth' }, {}, settings)).toMatchObject({
      ok: true,
      outbox: { pending: 0 },
      lists: { looked: false, cause: 'SETTING_INVALID', reason: expect.stringContaining('REDIS_URL') },
    });
  });
});

describe('peek', () => {
  test.each(['pending', 'held', 'sent', 'dead'] as const)('shows what is %s', async (state) => {
    const ids = await store(box, oneOfEach);
    const result = await run({ operation: 'peek', state, limit: 20 });
    const wanted = { pending: [ids[0], ids[1]], held: [ids[1]], sent: [ids[2]], dead: [ids[3]] }[state];
    expect(result).toMatchObject({ operation: 'peek', ok: true, state, limit: 20 });
    const { messages } = result as Extract<OperationResult, { operation: 'peek'; ok: true }>;
    expect(messages.map(({ id }) => id)).toEqual(wanted);
    expect(messages[0]?.payload).toEqual({ model_id: '7' });
  });

  test('shows the oldest of one key, and changes nothing', async () => {
    const ids = await store(box, [{ key: 'a' }, { key: 'b' }, { key: 'a' }, { key: 'a', state: 'sent' }]);
    const before = await stored();
    const result = await run({ operation: 'peek', state: 'all', limit: 2, key: 'a' });
    expect(
      (result as Extract<OperationResult, { operation: 'peek'; ok: true }>).messages.map(({ id }) => id),
    ).toEqual([ids[0], ids[2]]);
    expect(await stored()).toEqual(before);
  });
});

const byFilter: [
  string,
  StoredMessage[],
  Extract<MessageRequest, { operation: 'redrive' }>['filter'],
  number[],
][] = [
  ['all', [{}, {}], {}, [0, 1]],
  ['a key', [{ key: 'a' }, { key: 'b' }, { key: 'a' }], { key: 'a' }, [0, 2]],
  ['a type', [{ type: 't' }, { type: 'u' }], { type: 'u' }, [1]],
  [
    'a part of a reason, in any case',
    [{ reason: 'OOM: full' }, { reason: 'refused' }],
    { reason: 'oom' },
    [0],
  ],
  ['a sign that patterns have', [{ reason: '100% full' }, { reason: '100 full' }], { reason: '0%' }, [0]],
  [
    'those that died before',
    [{ deadAt: '2026-01-01T00:00:00Z' }, { deadAt: '2026-01-03T00:00:00Z' }],
    { before: new Date('2026-01-02T00:00:00Z') },
    [0],
  ],
  [
    'several conditions',
    [{ key: 'a', type: 't' }, { key: 'a' }, { type: 't' }],
    { key: 'a', type: 't' },
    [0],
  ],
];

describe('redrive', () => {
  test.each(byFilter)('by %s', async (_what, messages, filter, wanted) => {
    const ids = await store(box, messages);
    const others = await store(box, oneOfEach.slice(0, 3));
    const chosen = wanted.map((place) => ids[place]);
    expect(await run(redrive({ filter }))).toEqual({
      operation: 'redrive',
      ok: true,
      environment: 'development',
      at: '2026-02-01T00:00:00.000Z',
      dryRun: false,
      filter,
      matching: chosen.length,
      changed: chosen,
      left: 0,
    });
    const { pending, held, sent, dead = [] } = await stored();
    expect(pending).toEqual([...chosen, others[0]]);
    expect([held, sent]).toEqual([[others[1]], [others[2]]]);
    expect(dead).toEqual(ids.filter((id) => !chosen.includes(id)));
  });

  test('by ids, and of those only what is dead', async () => {
    const ids = await store(box, oneOfEach);
    const result = await run<Changed>(redrive({ filter: { ids } }));
    expect([result.matching, result.changed]).toEqual([1, [ids[3]]]);
  });

  test('gives a message all its attempts anew, and keeps its history', async () => {
    await store(box, [{ reason: 'refused' }]);
    await run(redrive());
    expect(
      await box.query('SELECT attempts, failures, dead_reason, held_until FROM public.breakwater_outbox'),
    ).toEqual([
      {
        attempts: 0,
        failures: [{ at: '2026-01-01T00:00:00.000Z', attempt: 4, reason: 'refused' }],
        dead_reason: null,
        held_until: null,
      },
    ]);
  });

  test('wakes the relay', async () => {
    const { host, port, superuser } = box.server;
    const listener = new pg.Client({
      host,
      port,
      user: superuser.name,
      password: superuser.password,
      database: 'app',
    });
    await listener.connect();
    try {
      await listener.query('LISTEN breakwater_outbox');
      const heard = new Promise((resolve) => listener.once('notification', resolve));
      await store(box, [{}]);
      await run(redrive());
      expect(await heard).toMatchObject({ channel: 'breakwater_outbox' });
    } finally {
      await listener.end();
    }
  });

  test('takes the oldest up to its limit, and says how many are left', async () => {
    const ids = await store(box, [{}, {}, {}, {}, {}]);
    expect(await run(redrive({ limit: 2 }))).toMatchObject({
      matching: 5,
      changed: ids.slice(0, 2),
      left: 3,
    });
    expect((await stored()).dead).toEqual(ids.slice(2));
  });

  test('goes in parts of what one second may have, with a pause between them', async () => {
    const ids = await store(box, [{}, {}, {}, {}, {}]);
    const steps: (number | readonly string[])[] = [];
    const pace = {
      sleep: async (milliseconds: number) => void steps.push(milliseconds),
      onPart: (part: readonly string[]) => void steps.push(part),
    };
    await run(redrive({ rate: 2 }), pace);
    expect(steps).toEqual([ids.slice(0, 2), 1_000, ids.slice(2, 4), 1_000, ids.slice(4)]);
  });

  test('takes a message once, also when it dies again during a slow run', async () => {
    const ids = await store(box, [{}, {}]);
    const dieAgain = async () => {
      await box.query(
        `UPDATE public.breakwater_outbox SET dead_at = now(), dead_reason = 'again' WHERE dead_at IS NULL`,
      );
    };
    const result = await run<Changed>(redrive({ rate: 1 }), { sleep: dieAgain });
    expect(result.changed).toEqual(ids);
    expect(await stored()).toEqual({ dead: [ids[0]], pending: [ids[1]] });
  });

  test('leaves out what somebody else has purged or redriven meanwhile', async () => {
    const ids = await store(box, [{}, {}, {}]);
    let pauses = 0;
    const others = async () => {
      pauses += 1;
      if (pauses > 1) return;
      await box.query('DELETE FROM public.breakwater_outbox WHERE message_id = $1', [ids[1]]);
    };
    const result = await run<Changed>(redrive({ rate: 1 }), { sleep: others });
    expect([result.changed, result.left]).toEqual([[ids[0], ids[2]], 1]);
  });

  test('ends after the part that is under way when it is told to', async () => {
    const ids = await store(box, [{}, {}, {}]);
    const stopping = new AbortController();
    const result = await run<Changed>(redrive({ rate: 1 }), {
      signal: stopping.signal,
      sleep: async () => stopping.abort(),
    });
    expect(result).toMatchObject({ ok: true, changed: [ids[0]], left: 2, stopped: true });
    expect((await stored()).dead).toEqual(ids.slice(1));
  });

  test('only shows them with dryRun, without their payloads', async () => {
    const [id] = await store(box, [{ key: 'a', deadAt: '2026-01-01T00:00:00Z', reason: 'r' }, { key: 'b' }]);
    const before = await stored();
    const result = await run(redrive({ dryRun: true, limit: 1 }));
    expect(result).toMatchObject({ operation: 'redrive', ok: true, dryRun: true, matching: 2 });
    expect((result as { messages: unknown }).messages).toEqual([
      {
        id,
        type: 'model_ready_to_deploy',
        key: 'a',
        publishedAt: expect.any(String),
        deadAt: '2026-01-01T00:00:00.000Z',
        deadReason: 'r',
      },
    ]);
    expect(await stored()).toEqual(before);
  });
});

describe('purge', () => {
  test.each(byFilter)('by %s', async (_what, messages, filter, wanted) => {
    const ids = await store(box, messages);
    const others = await store(box, oneOfEach.slice(0, 3));
    const chosen = wanted.map((place) => ids[place]);
    expect(await run(purge({ filter }))).toMatchObject({
      ok: true,
      matching: chosen.length,
      changed: chosen,
      left: 0,
    });
    const { pending, held, sent, dead = [] } = await stored();
    expect([pending, held, sent]).toEqual(others.map((id) => [id]));
    expect(dead).toEqual(ids.filter((id) => !chosen.includes(id)));
  });

  test('never deletes what is not dead, even by its id', async () => {
    const ids = await store(box, oneOfEach);
    expect(await run(purge({ filter: { ids } }))).toMatchObject({ matching: 1, changed: [ids[3]] });
    expect(
      Object.values(await stored())
        .flat()
        .sort(),
    ).toEqual(ids.slice(0, 3).sort());
  });

  test('leaves a message to whoever has it at this moment', async () => {
    const ids = await store(box, [{}, {}]);
    const { host, port, superuser } = box.server;
    const other = new pg.Client({
      host,
      port,
      user: superuser.name,
      password: superuser.password,
      database: 'app',
    });
    await other.connect();
    try {
      await other.query('BEGIN');
      await other.query('SELECT 1 FROM public.breakwater_outbox WHERE message_id = $1 FOR UPDATE', [ids[0]]);
      expect(await run(purge())).toMatchObject({ matching: 2, changed: [ids[1]], left: 1 });
    } finally {
      await other.end();
    }
  });

  test('without confirmation deletes nothing, says how to confirm, and shows what would go', async () => {
    const ids = await store(box, [{ key: 'a' }, { key: 'a' }, { key: 'b' }]);
    const result = await run(purge({ filter: { key: 'a' }, limit: 1, confirm: false }));
    expect(result).toMatchObject({
      operation: 'purge',
      ok: false,
      error: {
        problems: [expect.stringContaining('write --yes as well. It would delete 1 of 2 dead messages')],
      },
      wouldPurge: { matching: 2, messages: [{ id: ids[0] }] },
    });
    expect((await stored()).dead).toEqual(ids);
  });

  test('with dryRun only shows them, confirmed or not', async () => {
    const ids = await store(box, [{}]);
    expect(await run(purge({ dryRun: true }))).toMatchObject({
      ok: true,
      dryRun: true,
      messages: [{ id: ids[0] }],
    });
    expect((await stored()).dead).toEqual(ids);
  });
});

describe('a failure', () => {
  const anyOperation: [string, MessageRequest][] = [
    ['depth', { operation: 'depth' }],
    ['peek', { operation: 'peek', state: 'all', limit: 1 }],
    ['redrive', redrive()],
    ['redrive, dry', redrive({ dryRun: true })],
    ['purge', purge()],
    ['purge, not confirmed', purge({ confirm: false })],
  ];

  test.each(anyOperation)('of the connection is named by its layer: %s', async (_name, request) => {
    const result = await run<Failed>(request, {}, { DATABASE_PORT: '9' });
    expect(result).toMatchObject({
      operation: request.operation,
      ok: false,
      environment: 'development',
      check: {
        dependency: 'postgres',
        ok: false,
        layer: 'tcp',
        cause: 'CONNECTION_REFUSED',
        target: '127.0.0.1:9/app',
      },
    });
  });

  test('names a database that does not exist, with those that do', async () => {
    const result = await run<Failed>({ operation: 'depth' }, {}, { DATABASE_NAME: 'App' });
    expect(result.check).toMatchObject({
      cause: 'DATABASE_NAME_CASE',
      evidence: { databases: ['app', 'postgres'] },
    });
  });

  test('names a database without the tables', async () => {
    await box.query('ALTER TABLE public.breakwater_outbox RENAME TO hidden');
    try {
      const { check } = await run<Failed>({ operation: 'depth' });
      expect(check).toMatchObject({ cause: 'SCHEMA_MISSING', layer: 'database' });
    } finally {
      await box.query('ALTER TABLE public.hidden RENAME TO breakwater_outbox');
    }
  });

  test('of a statement that waits for too long ends with the limit of the settings', async () => {
    await box.query('BEGIN');
    await box.query('LOCK TABLE public.breakwater_outbox IN ACCESS EXCLUSIVE MODE');
    try {
      const limit = { MESSAGE_OPERATIONS_STATEMENT_TIMEOUT: '1' };
      const { check } = await run<Failed>({ operation: 'depth' }, {}, limit);
      expect(check).toMatchObject({ cause: 'QUERY_TIMEOUT', evidence: { sqlstate: '57014' } });
    } finally {
      await box.query('ROLLBACK');
    }
  });

  test('in the middle of a redrive tells what was redriven before', async () => {
    const ids = await store(box, [{}, {}, {}]);
    const cut = async () => {
      await box.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'breakwater-messages'`,
      );
    };
    const result = await run<Failed>(redrive({ rate: 1 }), { sleep: cut });
    expect(result).toMatchObject({ ok: false, changed: [ids[0]] });
    expect(['SERVER_SHUTTING_DOWN', 'CONNECTION_LOST']).toContain(result.check.cause);
    expect(formatOperation(result)).toMatch(
      /^redrive could not use the database; 1 message was redriven before that/,
    );
    expect(await stored()).toEqual({ pending: [ids[0]], dead: ids.slice(1) });
  });

  test('of the settings refuses to run, with every problem', async () => {
    const environment = { DATABASE_HOST: '', MESSAGE_OPERATIONS_STATEMENT_TIMEOUT: '0' };
    const result = await run({ operation: 'depth' }, {}, environment);
    expect(result).toMatchObject({ operation: 'depth', ok: false });
    const { problems } = (result as Extract<OperationResult, { error: unknown }>).error;
    expect(problems.toSorted()).toEqual([
      expect.stringContaining('DATABASE_HOST is not set'),
      expect.stringContaining('MESSAGE_OPERATIONS_STATEMENT_TIMEOUT cannot be used ("0")'),
    ]);
  });

  afterEach(async () => {
    const [row] = await box.query<{ count: string }>(
      `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'breakwater-messages' AND state LIKE 'idle in%'`,
    );
    expect(row?.count).toBe('0');
  });
});
