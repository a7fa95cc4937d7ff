import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { metrics } from '../../core/metrics/index.ts';
import { DurationSample } from '../../service/telemetry/duration-sample.ts';
import { readEmbeddedMetrics } from '../../twin/metrics/index.ts';
import { type Api, type Surroundings, startApi, startSurroundings } from './running.ts';

let around: Surroundings;
let api: Api | undefined;
beforeAll(async () => {
  around = await startSurroundings();
});
afterAll(() => around?.dispose());
afterEach(async () => {
  await api?.stop('end of the test');
  api = undefined;
});

const start = async (env: Record<string, string> = {}): Promise<Api> => {
  api = await startApi({ ...around.env, METRICS_INTERVAL: '1', ...env });
  return api;
};

/** Every value that was printed, read as CloudWatch reads it, by `Metric dependency`. */
const printed = (on: Api): Map<string, number[]> => {
  const values = new Map<string, number[]>();
  for (const line of on.log.text().split('\n'))
    for (const { name, dimensions, values: found } of readEmbeddedMetrics(line) ?? []) {
      const key = [name, dimensions.Dependency].filter(Boolean).join(' ');
      values.set(key, [...(values.get(key) ?? []), ...found]);
    }
  return values;
};

const sum = (values: number[] = []): number => values.reduce((total, value) => total + value, 0);

describe('the metrics of the service', () => {
  it('are lines of embedded metric format on standard output, exactly those of the catalogue', async () => {
    const on = await start();
    await on.until('/health', ({ body }) => body.status === 'healthy');
    await on.database.query('SELECT 1');
    const end = performance.now() + 10_000;
    while (!printed(on).has('OutboxDepth') && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const names = [...printed(on).keys()].sort();
    expect(names).toEqual(
      [
        'HealthStatus',
        'OutboxDepth',
        'OutboxOldestAgeSeconds',
        'DeadLetters',
        ...[
          'ConnectionAttempts',
          'ConnectionFailures',
          'PoolUtilizationPercent',
          'PoolWaiting',
          'QueryDurationMs',
        ].map((name) => `${name} postgres`),
        // Of what happens seldom there is no value as long as it does not.
        ...['postgres', 'mlflow', 'auth'].map((name) => `BreakerState ${name}`),
      ].sort(),
    );
    for (const name of names) expect(Object.keys(metrics)).toContain(name.split(' ')[0]);
  });

  it('count each operation once, and a statement that the server refuses not as a failed connection', async () => {
    const on = await start({ DATABASE_RETRY_DELAY: '0.05' });
    await on.database.query('SELECT 1');
    await on.database.query('SELECT nonsense').catch(() => undefined);
    await around.postgres.refuse();
    around.postgres.cut();
    await on.database.query('SELECT 1').catch(() => undefined);
    await around.postgres.listen();
    await on.stop('to print the rest');
    const values = printed(on);
    expect(sum(values.get('ConnectionAttempts postgres'))).toBe(3);
    expect(sum(values.get('ConnectionFailures postgres'))).toBe(1);
    expect(values.get('QueryDurationMs postgres')?.length).toBeGreaterThanOrEqual(2);
  });

  it('show the state and the transitions of a breaker, and the peak of the pool', async () => {
    const on = await start({ DATABASE_POOL_SIZE: '2' });
    on.breakers.get('mlflow')?.holdOpen('test', 'test');
    await Promise.all([1, 2, 3].map(() => on.database.query('SELECT pg_sleep(0.4)')));
    await on.stop('to print the rest');
    const values = printed(on);
    expect(Math.max(...(values.get('BreakerState mlflow') ?? []))).toBe(2);
    expect(values.get('BreakerTransitions mlflow')).toEqual([1]);
    expect(Math.max(...(values.get('PoolUtilizationPercent postgres') ?? []))).toBe(100);
    expect(Math.max(...(values.get('PoolWaiting postgres') ?? []))).toBe(1);
  });

  it('count each action of an operator once as a configuration change by hand', async () => {
    const on = await start({ ADMIN_TOKEN: 'operators-token' });
    const operator = { authorization: 'Bearer operators-token' };
    await on.post('/admin/breakers/mlflow/open', operator);
    await on.post('/admin/breakers/nobody/open', operator);
    await on.post('/admin/pools/reset', { authorization: 'Bearer wrong' });
    await on.post('/admin/pools/reset', operator);
    await on.stop('to print the rest');
    const values = printed(on);
    expect(sum(values.get('ConfigurationChanges'))).toBe(2);
    expect(sum(values.get('ConfigurationChangesByHand'))).toBe(2);
    expect([...(values.get('ConfigurationChanges') ?? []), 1]).not.toContain(0);
  });

  it('say what /health says', async () => {
    const on = await start();
    await on.until('/health', ({ body }) => body.status === 'healthy');
    await around.postgres.refuse();
    around.postgres.cut();
    await on.until('/health', ({ body }) => body.status === 'unhealthy');
    await on.stop('to print the rest');
    await around.postgres.listen();
    expect(printed(on).get('HealthStatus')?.at(-1)).toBe(2);
  });

  it('say nothing of the health of a task that has not looked yet, as each deployment has some', async () => {
    around.postgres.silent = true;
    try {
      const on = await start();
      await on.stop('before the first check has ended');
      expect(printed(on).has('HealthStatus')).toBe(false);
      expect(printed(on).has('PoolUtilizationPercent postgres')).toBe(true);
      for (const line of on.log
        .text()
        .split('\n')
        .filter((text) => text.includes('_aws')))
        expect(JSON.parse(line)._aws.CloudWatchMetrics[0].Metrics).not.toEqual([]);
    } finally {
      around.postgres.silent = false;
      around.postgres.cut();
    }
  });
});

describe('a sample of durations', () => {
  it('keeps everything of a quiet interval, and a hundred of a busy one with the longest among them', () => {
    const sample = new DurationSample();
    for (const value of [3, 1, 2]) sample.add(value);
    expect(sample.take()).toEqual([3, 1, 2]);
    for (let value = 0; value < 10_000; value += 1) sample.add(value === 77 ? 99_999 : value % 100);
    const values = sample.take();
    expect(values).toHaveLength(100);
    expect(Math.max(...values)).toBe(99_999);
    expect(sample.take()).toEqual([]);
  });

  it('is fair: early and late values are equally likely', () => {
    const sample = new DurationSample();
    let early = 0;
    for (let round = 0; round < 200; round += 1) {
      for (let value = 0; value < 1_000; value += 1) sample.add(value);
      early += sample.take().filter((value) => value < 500).length;
    }
    expect(early / 20_000).toBeGreaterThan(0.47);
    expect(early / 20_000).toBeLessThan(0.53);
  });
});
