import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { OperationResult } from '../../core/messages/index.ts';
import { chooseEnvironment, synthesize } from '../../lib/app.ts';
import { applicationLogin } from '../../twin/application.ts';
import { deploy } from '../../twin/deployment.ts';
import { type Foundation, startFoundation } from '../../twin/foundation.ts';
import {
  bundledFunctions,
  createFunctionProcess,
  type FunctionProcess,
  hasVariable,
  readFunction,
} from '../../twin/lambda/index.ts';
import { findRedis } from '../../twin/servers/index.ts';
import { createCleanups } from '../../twin/stopping.ts';
import { readAssembly } from '../../twin/template/index.ts';
import { store } from '../fixtures/outbox.ts';

const withRedis = findRedis() ? describe : describe.skip;

/** The function as it is synthesized: its bundle, its environment, its secret, and the role that bootstrap made. */
withRedis('the function for messages, deployed with Redis as the transport', () => {
  const cleanups = createCleanups((error) => console.error(error));
  let foundation: Foundation;
  let handler: FunctionProcess;
  let database: pg.Client;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'breakwater-operations-'));
    cleanups.add(() => rmSync(directory, { recursive: true, force: true }));
    const plain = chooseEnvironment('development', { redis: true });
    const settings = { ...plain.settings, MESSAGE_QUEUE_TYPE: 'redis', MESSAGE_QUEUE_NAME: 'hokusai:models' };
    synthesize({ ...plain, settings }, join(directory, 'assembly'));
    const assembly = readAssembly(join(directory, 'assembly'));
    const quiet = () => undefined;
    foundation = await startFoundation({ assembly, directory, real: {}, progress: quiet, cleanups });
    await deploy(assembly, foundation, quiet, new AbortController().signal);
    const [resource] = bundledFunctions(assembly).filter(
      (one) =>
        hasVariable(one, 'MESSAGE_OPERATIONS_SECRET_ID') && !hasVariable(one, 'DATABASE_MASTER_SECRET_ID'),
    );
    if (!resource) throw new Error('The template has no function for messages.');
    handler = createFunctionProcess(readFunction(resource, foundation.resolve), foundation.environment);
    cleanups.add(() => handler.stop());
    const login = applicationLogin(assembly, foundation);
    const { port } = foundation.database.server;
    database = new pg.Client({ ...login, host: 'localhost', port, ssl: { rejectUnauthorized: false } });
    await database.connect();
    cleanups.add(() => database.end());
  });
  afterAll(() => cleanups.run());

  const invoke = async (
    event: object,
  ): Promise<{ result: OperationResult; log: Record<string, unknown> }> => {
    const { result, error, lines } = await handler.invoke(event);
    expect(error).toBeUndefined();
    const logged = lines.filter((line) => line.includes('"message operation"'));
    expect(logged).toHaveLength(1);
    return { result: result as OperationResult, log: JSON.parse(logged[0] ?? '') };
  };

  test('shows the outbox and the lists, redrives, purges, and logs who asked', async () => {
    const query = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await database.query<Row>(text, values)).rows;
    const [redriven, purged] = await store({ query }, [{ key: 'a' }, { key: 'b' }]);
    const token = foundation.cache?.configuration().token ?? '';
    const redis = new Redis({
      host: 'localhost',
      port: foundation.cache?.port ?? 0,
      password: token,
      tls: { rejectUnauthorized: false },
    });
    await redis.lpush('hokusai:models', 'x', 'y');
    await redis.lpush('hokusai:models:dlq', 'z');
    await redis.quit();

    expect((await invoke({ operation: 'depth' })).result).toMatchObject({
      ok: true,
      outbox: { pending: 0, dead: 2 },
      lists: {
        looked: true,
        queue: 'hokusai:models',
        waiting: 2,
        processing: 0,
        deadLetters: 1,
        unparsable: 0,
      },
      lookIn: expect.stringContaining('hokusai:models:dlq is moved there by the relay'),
    });
    expect(await invoke({ operation: 'redrive', key: 'a', actor: 'jane' })).toMatchObject({
      result: { ok: true, changed: [redriven] },
      log: { actor: 'jane', requestId: expect.any(String), changed: [redriven] },
    });
    expect(await invoke({ operation: 'purge', all: true, confirm: true, actor: 'jane' })).toMatchObject({
      result: { ok: true, changed: [purged] },
      log: { actor: 'jane', changed: [purged] },
    });
    expect(await query('SELECT message_id FROM breakwater_outbox')).toEqual([{ message_id: redriven }]);
  });

  test('a Redis that is away is a finding, and the outbox is shown', async () => {
    await foundation.cache?.stop();
    expect((await invoke({ operation: 'depth' })).result).toMatchObject({
      ok: true,
      outbox: { dead: 0 },
      lists: { looked: false, cause: 'CONNECTION_REFUSED' },
    });
  });

  test('bad input is an answer, never an error of the function', async () => {
    expect((await invoke({ operation: 'purge' })).result).toMatchObject({
      ok: false,
      error: { problems: [expect.stringContaining('purge needs to know'), expect.stringContaining('actor')] },
    });
  });
});
