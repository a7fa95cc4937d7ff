import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createCertificateAuthority } from '../../twin/certificates.ts';
import { type ExampleConsumer, startExampleConsumer } from '../../twin/consumer/index.ts';
import { freePort } from '../../twin/servers/free-port.ts';
import { findRedis, type RedisServer, startRedis } from '../../twin/servers/redis.ts';
import { eventually } from './eventually.ts';

const program = findRedis();
const withRedis = program ? describe : describe.skip;
const token = 'a-token-of-16-letters-or-more';
const queue = 'hokusai:model_ready_queue';

withRedis('the example consumer', () => {
  let server: RedisServer;
  let admin: Redis;
  let consumer: ExampleConsumer;
  const had: string[] = [];

  beforeAll(async () => {
    const authority = await createCertificateAuthority();
    const certificate = await authority.issue({ names: ['localhost'] });
    server = await startRedis({ program: program ?? '', port: await freePort(), certificate, token });
    const tls = { ca: authority.certificatePem, servername: 'localhost' };
    admin = new Redis({ host: '127.0.0.1', port: server.port, password: token, tls });
    admin.on('error', () => undefined);
    consumer = startExampleConsumer({
      port: server.port,
      token,
      certificate: authority.certificatePem,
      queue,
      onEvent: ({ id }) => had.push(id),
    });
  });
  afterAll(async () => {
    await consumer?.close();
    admin?.disconnect();
    await server?.dispose();
  });

  const send = (id: string) =>
    admin.lpush(
      queue,
      JSON.stringify({ message_id: id, message_type: 'model_ready_to_deploy', payload: {} }),
    );

  it('takes events in their order and acknowledges them', async () => {
    for (const id of ['a', 'b', 'c']) await send(id);
    await eventually(() => had.join() === 'a,b,c');
    await eventually(async () => (await admin.llen(`${queue}:processing`)) === 0);
    expect([consumer.taken, consumer.again]).toEqual([3, 0]);
  });

  it('counts what comes a second time', async () => {
    await send('a');
    await eventually(() => consumer.taken === 4);
    expect(consumer.again).toBe(1);
  });

  it('leaves what is no event where others find it', async () => {
    await admin.lpush(queue, 'not an event');
    await eventually(
      async () => (await admin.lrange(`${queue}:processing`, 0, -1)).join() === 'not an event',
    );
    await send('d');
    await eventually(() => had.at(-1) === 'd');
  });

  it('says what keeps it from its events, and goes on when that is over', async () => {
    await server.stop();
    await eventually(() => consumer.problem !== undefined);
    await server.start();
    await eventually(async () => (await send('e').catch(() => undefined)) === 1);
    await eventually(() => had.at(-1) === 'e');
    expect(consumer.problem).toBeUndefined();
  });
});
