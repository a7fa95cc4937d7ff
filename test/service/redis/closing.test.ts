import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type BlackHole, openBlackHole } from '../../fixtures/black-hole.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;
const root = new URL('../../../', import.meta.url).pathname;

/** A program that opens the client, uses it when it can, closes it, and ends when nothing is left to wait for. */
const script = `
import { openRedis } from './test/service/redis/redis-fixture.ts';
const { redis } = openRedis(Number(process.argv[1]));
const end = performance.now() + 10_000;
while (redis.state.ready < 2 && redis.state.failure === undefined && performance.now() < end)
  await new Promise((resolve) => setTimeout(resolve, 20));
const answer = await redis.command('PING').catch(({ cause }) => cause);
const begun = performance.now();
await redis.close(1_000);
console.log(JSON.stringify({ answer, closingMs: performance.now() - begun }));
`;

const run = (port: number): Promise<{ answer: string; closingMs: number; errors: string }> =>
  new Promise((resolve, reject) => {
    const args = ['--input-type=module', '-e', script, String(port)];
    // One that is kept alive by a handle ends by this limit, which is a failure.
    execFile(process.execPath, args, { cwd: root, timeout: 20_000 }, (error, stdout, stderr) =>
      error ? reject(error) : resolve({ ...JSON.parse(stdout), errors: stderr }),
    );
  });

withRedis('a client that is closed leaves nothing that keeps the process', () => {
  let server: RedisProcess;
  let hole: BlackHole;
  beforeAll(async () => {
    server = await startRedisProcess(program ?? '');
    hole = await openBlackHole();
  });
  afterAll(() => {
    server?.dispose();
    hole?.dispose();
  });

  it('after it was connected', async () => {
    expect(await run(server.port)).toMatchObject({ answer: 'PONG', errors: '' });
  });

  it('while the server hangs', async () => {
    process.kill(server.pid, 'SIGSTOP');
    try {
      expect(await run(server.port)).toMatchObject({ answer: 'RESPONSE_TIMEOUT', errors: '' });
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  });

  it('while nothing answers its attempts to connect', async () => {
    const { answer, closingMs, errors } = await run(hole.port);
    expect([answer, errors]).toEqual(['CONNECT_TIMEOUT', '']);
    expect(closingMs).toBeLessThan(5_000);
  });
});
