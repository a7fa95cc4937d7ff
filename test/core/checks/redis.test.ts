import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  budgetOf,
  type Check,
  checkRedis,
  createSecretReader,
  liveRedisCheck,
  redisFailure,
} from '../../../core/checks/index.ts';
import { readReply } from '../../../core/checks/redis-reply.ts';
import { type RedisTarget, readSettings, resolveRedis } from '../../../core/settings/index.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';

const token = 'a/b@c#d';
const noSecrets = createSecretReader(() => Promise.reject(new Error('none')), { timeoutMs: 100 });

const targetOf = (environment: Record<string, string>): RedisTarget => {
  const resolved = resolveRedis(
    readSettings({
      REDIS_ENABLED: 'true',
      REDIS_HOST: '127.0.0.1',
      REDIS_TLS_ENABLED: 'false',
      REDIS_CONNECT_TIMEOUT: '0.5',
      ...environment,
    }),
  );
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('\n'));
  return resolved.value;
};

const optionsOf = (environment: Record<string, string>) => ({
  target: targetOf(environment),
  secrets: noSecrets,
  dnsTimeoutMs: 500,
});

const check = async (environment: Record<string, string>): Promise<Check> =>
  (await checkRedis(optionsOf(environment), budgetOf(3_000))).check;

const disposables: (() => void)[] = [];
afterAll(() => {
  for (const dispose of disposables) dispose();
});

describe('a reply without a name', () => {
  const against = async (reply: string) => {
    const server = await scriptedServer((socket) => socket.on('data', () => socket.write(`${reply}\r\n`)));
    disposables.push(server.dispose);
    return check({ REDIS_PORT: String(server.port), REDIS_AUTH_TOKEN: token });
  };

  test('is kept as evidence', async () => {
    expect(await against('-ODD never seen')).toMatchObject({
      cause: 'UNKNOWN',
      layer: 'query',
      evidence: { command: 'AUTH', reply: 'ODD never seen' },
    });
  });

  test('is in the sentence too, unless it answers a command that carries a password', async () => {
    const detail = (command: string) => redisFailure('ODD never seen', command).detail;
    expect(detail('EVAL')).toBe('EVAL was answered with an error: ODD never seen');
    expect((await against('-ODD never seen')).detail).toBe('AUTH was answered with an error');
    expect(detail('hello')).toBe('hello was answered with an error');
  });

  test.each([
    'WRONGTYPE Operation against a key holding the wrong kind of value script: 5c2b, on @user_script:3.',
    'ERR Error running script (call to f_5c2b): @user_script:3: WRONGTYPE Operation against a key holding',
  ])('that says WRONGTYPE is about a key, whatever version says it: %s', (text) => {
    expect(redisFailure(text, 'EVAL')).toMatchObject({
      cause: 'STATEMENT_REJECTED',
      detail: 'EVAL: a key is of another type than it must be (WRONGTYPE)',
    });
  });

  test('loses the arguments that a server repeats: one of them is the password', async () => {
    const found = await against(`-ERR unknown command 'AUTH', with args beginning with: '${token}'`);
    expect(found.evidence?.reply).toBe("ERR unknown command 'AUTH'");
    expect(JSON.stringify(found)).not.toContain(token);
  });
});

describe('the protocol', () => {
  test.each([
    ['+PONG\r\n', { state: 'whole', reply: { kind: 'value', value: 'PONG' }, length: 7 }],
    ['-ERR no\r\n', { state: 'whole', reply: { kind: 'error', text: 'ERR no' }, length: 9 }],
    ['$5\r\nslave\r\nrest', { state: 'whole', reply: { kind: 'value', value: 'slave' }, length: 11 }],
    ['$-1\r\n', { state: 'whole', reply: { kind: 'value', value: null }, length: 5 }],
    [
      '*3\r\n$6\r\nmaster\r\n:12\r\n*0\r\n',
      { state: 'whole', reply: { kind: 'value', value: ['master', '12', []] }, length: 25 },
    ],
    ['', { state: 'incomplete' }],
    ['+PON', { state: 'incomplete' }],
    ['*2\r\n$6\r\nmaster\r\n', { state: 'incomplete' }],
    ['$5\r\nsla', { state: 'incomplete' }],
    ['HTTP/1.1 200 OK\r\n', { state: 'foreign' }],
    ['$x\r\n', { state: 'foreign' }],
    ['*99999999999\r\n', { state: 'foreign' }],
  ])('%j', (text, reading) => {
    expect(readReply(text)).toEqual(reading);
  });
});

const program = findRedis();
const withRedis = program ? describe : describe.skip;

withRedis('a real server', () => {
  let server: RedisProcess;

  beforeAll(async () => {
    server = await startRedisProcess(program ?? '');
  });
  afterAll(() => server.dispose());

  test('is reached and written to, with its role; the one key that it gets goes away by itself', async () => {
    expect(await check({ REDIS_PORT: String(server.port) })).toMatchObject({
      ok: true,
      layer: 'query',
      evidence: { role: 'master' },
    });
    expect(await server.command('KEYS', '*')).toEqual(['breakwater:probe']);
    expect(Number(await server.command('PTTL', 'breakwater:probe'))).toBeGreaterThan(0);
  });

  test('that has no password and is sent one is reached, and the report says so', async () => {
    const found = await check({ REDIS_PORT: String(server.port), REDIS_AUTH_TOKEN: token });
    expect(found).toMatchObject({ ok: true, evidence: { serverHasNoPassword: true } });
    expect(JSON.stringify(found)).not.toContain(token);
  });

  test('is well for a user that may write and not ask for the role', async () => {
    await server.command('ACL', 'SETUSER', 'writer', 'on', '>pw', '~breakwater:*', '-@all', '+ping', '+set');
    const REDIS_URL = `redis://writer:pw@127.0.0.1:${server.port}`;
    const found = await check({ REDIS_HOST: '', REDIS_TLS_ENABLED: '', REDIS_URL });
    expect(found).toMatchObject({ ok: true });
    expect(found.evidence).not.toHaveProperty('role');
  });

  test('is looked at for the list of messages, which is neither made nor changed, in both states of it', async () => {
    const list = 'model_ready_queue';
    const look = async () => {
      const options = { ...optionsOf({ REDIS_PORT: String(server.port) }), list };
      return (await checkRedis(options, budgetOf(3_000))).check;
    };
    expect(await look()).toMatchObject({ ok: true });
    expect(await server.command('EXISTS', list)).toBe('0');
    await server.command('LPUSH', list, 'one', 'two');
    expect(await look()).toMatchObject({ ok: true });
    expect(await server.command('LRANGE', list, '0', '-1')).toEqual(['two', 'one']);
    await server.command('DEL', list);
  });

  test('is asked by a live check over one connection, which is made anew when it was cut', async () => {
    const live = liveRedisCheck(optionsOf({ REDIS_PORT: String(server.port) }));
    const run = async () => (await live.run(budgetOf(3_000))).check.ok;
    expect([await run(), await run()]).toEqual([true, true]);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await run()).toBe(true);
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    const full = await live.run(budgetOf(3_000));
    expect(full.check.cause).toBe('OUT_OF_MEMORY');
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(await run()).toBe(true);
    live.close();
  });
});
