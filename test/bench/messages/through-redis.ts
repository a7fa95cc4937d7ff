/** How long publishing takes, and how long until a consumer has the message: outbox, relay of the service, Redis list. */
import { Agent, request } from 'undici';
import { publish } from '../../../core/messages/index.ts';
import { startAuth } from '../../../twin/servers/index.ts';
import { goodSettings } from '../../service/settings.ts';
import { startChild } from '../child.ts';
import { percentile } from '../percentiles.ts';
import { ms, print, table } from '../table.ts';
import { consumeList } from './list-consumer.ts';
import { atRate, perSecondOf } from './pace.ts';
import { sampleMessage } from './sample-messages.ts';
import { emptyOutbox, type Servers } from './servers.ts';

const queue = 'bench:model_ready_queue';
const apiKey = 'hk_bench';
const keys = 1_000;
const seconds = Number(process.env.BENCH_SECONDS ?? 6);

interface Way {
  name: string;
  /** Offered, below what it can do. */
  perSecond: number;
  /** For the highest throughput. */
  count: number;
  atOnce: number;
  publish(key: string, number: number): Promise<unknown>;
}

const keyOf = (number: number): string => `model-${number % keys}`;

const whole = (value: number): string => Math.round(value).toLocaleString('en');

const measure = async (servers: Servers, { name, perSecond, count, atOnce, publish }: Way) => {
  await emptyOutbox(servers);
  await servers.redis.command('FLUSHALL');
  const consumer = consumeList(
    servers.redis.port,
    queue,
    ({ model_version }: { model_version: string }) => model_version,
  );
  const begun: number[] = [];
  const latencies = await atRate(perSecond, seconds, (number) => {
    begun[number] = performance.now();
    return publish(keyOf(number), number);
  });
  await consumer.until(begun.length);
  const ends = begun.map((at, number) => (consumer.came.get(String(number)) ?? Number.NaN) - at);

  const from = begun.length;
  const begin = performance.now();
  const published = await perSecondOf(count, atOnce, (number) =>
    publish(keyOf(from + number), from + number),
  );
  await consumer.until(from + count);
  const delivered = (count * 1_000) / (performance.now() - begin);
  consumer.stop();
  return [
    name,
    whole(perSecond),
    ...[0.5, 0.99].map((share) => ms(percentile(latencies, share))),
    ...[0.5, 0.99].map((share) => ms(percentile(ends, share))),
    whole(published),
    whole(delivered),
  ];
};

export const throughRedis = async (servers: Servers): Promise<void> => {
  const auth = await startAuth({ [apiKey]: { scopes: ['write'] } });
  const env = {
    ...(await goodSettings()),
    ...servers.env,
    AUTH_SERVICE_URL: auth.url,
    REDIS_ENABLED: 'true',
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(servers.redis.port),
    REDIS_TLS_ENABLED: 'false',
    MESSAGE_QUEUE_TYPE: 'redis',
    MESSAGE_QUEUE_NAME: queue,
  };
  const service = await startChild<{ port: number }>('contenders/breakwater.ts', { env });
  const agent = new Agent({ connections: 64 });
  const overHttp = async (key: string, number: number): Promise<void> => {
    const { statusCode, body } = await request(
      `http://127.0.0.1:${service.ready.port}/api/models/tokenized-registration-events`,
      {
        method: 'POST',
        dispatcher: agent,
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model_name: key,
          version: String(number),
          token_id: 'HOK-1',
          metric_name: 'accuracy',
          mlflow_run_id: '0123456789abcdef0123456789abcdef',
          baseline_value: 0.8,
          current_value: 0.85,
          tags: { team: 'forecasting', stage: 'candidate' },
        }),
      },
    );
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`the service answers ${statusCode}: ${text}`);
  };
  const ways: Way[] = [
    {
      name: 'in the outbox, directly',
      perSecond: 1_000,
      count: 20_000,
      atOnce: 16,
      publish: (key, number) => publish(servers.database, sampleMessage(key, number)),
    },
    {
      name: 'a registration over HTTP',
      perSecond: 200,
      count: 5_000,
      atOnce: 16,
      publish: overHttp,
    },
  ];
  await perSecondOf(500, 8, (number) => overHttp(`warm-${number}`, number));
  print(`\nto a consumer of the Redis list; ${seconds} s at a fixed rate, then as fast as 16 at once can`);
  const rows = [];
  for (const way of ways) rows.push(await measure(servers, way));
  print(
    table([
      [
        '',
        'offered/s',
        'publish p50',
        'p99',
        'to the consumer p50',
        'p99',
        'most published/s',
        'delivered/s',
      ],
      ...rows,
    ]),
  );
  await service.stop();
  await agent.destroy();
  await auth.close();
};
