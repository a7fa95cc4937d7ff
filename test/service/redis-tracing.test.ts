import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findRedis } from '../../twin/servers/redis.ts';
import { type RedisProcess, startRedisProcess } from '../fixtures/redis-process.ts';
import { startApi } from './running.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;

withRedis('tracing of Redis', () => {
  let redisServer: RedisProcess;
  let collector: Server;
  const batches: Buffer[] = [];
  beforeAll(async () => {
    redisServer = await startRedisProcess(program ?? '');
    collector = createServer(async (request, response) => {
      batches.push(await buffer(request));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
  });
  afterAll(() => {
    redisServer?.dispose();
    collector?.close();
    collector?.closeAllConnections();
  });

  it('sends a span for each command and for each pipeline, without their keys and values', async () => {
    const api = await startApi(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
        REDIS_ENABLED: 'true',
        REDIS_HOST: '127.0.0.1',
        REDIS_PORT: String(redisServer.port),
        REDIS_TLS_ENABLED: 'false',
      },
      {
        undocumented: /^\/jobs$/,
        routes: (server, { redis }) => {
          server.get('/jobs', async () => {
            await redis?.command('SETEX', 'a-key-of-a-user', 60, 'a-value-of-a-user');
            await redis?.pipeline([
              ['GET', 'a-key-of-a-user'],
              ['GET', 'another-key-of-a-user'],
            ]);
            await redis?.command('LPUSH', 'a-key-of-a-user', 'a-value-of-a-user').catch(() => undefined);
            return { done: true };
          });
        },
      },
    );
    const connected = () => api.log.entries().some(({ msg }) => msg === 'redis is connected');
    while (!connected()) await new Promise((resolve) => setTimeout(resolve, 20));
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect((await api.get('/jobs', { traceparent })).body).toEqual({ done: true });
    await api.stop('to send the traces');
    const traces = Buffer.concat(batches);
    for (const text of [
      'GET /jobs',
      'redis',
      'SETEX',
      'PIPELINE GET',
      'db.operation.batch.size',
      'LPUSH',
      'STATEMENT_REJECTED',
    ])
      expect([text, traces.includes(text)]).toEqual([text, true]);
    const id = Buffer.from('4bf92f3577b34da6a3ce929d0e0e4736', 'hex');
    let spans = 0;
    for (let at = traces.indexOf(id); at >= 0; at = traces.indexOf(id, at + 1)) spans += 1;
    expect(spans).toBeGreaterThanOrEqual(4);
    expect(traces.includes('of-a-user')).toBe(false);
  });
});
