import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../../twin/servers/free-port.ts';
import { findRedis } from '../../../twin/servers/redis.ts';
import { type BlackHole, openBlackHole } from '../../fixtures/black-hole.ts';
import { type RedisProcess, startRedisProcess } from '../../fixtures/redis-process.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;
const root = new URL('../../../', import.meta.url).pathname;

/**
 * A program that opens the client, uses it when it can, closes it, and ends when nothing is left to wait for.
 * With the id of a process it stops that before the last command.
 */
const script = `
import { openRedis } from './test/service/redis/redis-fixture.ts';
const [port, pid] = process.argv.slice(1).map(Number);
const { redis } = openRedis(port);
const end = performance.now() + 10_000;
while (redis.state.ready < 2 && redis.state.failure === undefined && performance.now() < end)
  await new Promise((resolve) => setTimeout(resolve, 20));
if (pid) process.kill(pid, 'SIGSTOP');
const answer = await redis.command('PING').catch(({ cause }) => cause);
const begun = performance.now();
await redis.close(1_000);
const closingMs = performance.now() - begun;
const left = process.getActiveResourcesInfo().filter((name) => /Timeout|TCP/.test(name));
console.log(JSON.stringify({ answer, closingMs, left }));
`;

interface End {
  answer: string;
  closingMs: number;
  left: string[];
  errors: string;
}

const run = (port: number, pid?: number): Promise<End> =>
  new Promise((resolve, reject) => {
    const numbers = pid === undefined ? [port] : [port, pid];
    const args = ['--input-type=module', '-e', script, ...numbers.map(String)];
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
    expect(await run(server.port)).toMatchObject({ answer: 'PONG', left: [], errors: '' });
  });

  it('while nothing listens', async () => {
    const port = await freePort();
    expect(await run(port)).toMatchObject({ answer: 'CONNECTION_REFUSED', left: [], errors: '' });
  });

  it('while the server hangs', async () => {
    try {
      expect(await run(server.port, server.pid)).toMatchObject({ answer: 'RESPONSE_TIMEOUT', errors: '' });
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
