import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readSettings } from '../../core/settings/index.ts';
import { createBreakers } from '../../service/breakers.ts';
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
  for (const proxy of [around.postgres, around.mlflow, around.auth]) {
    proxy.silent = false;
    proxy.cut();
  }
});

const start = async (env: Record<string, string | undefined> = {}): Promise<Api> => {
  api = await startApi({ ...around.env, ADMIN_TOKEN: 'operators-token', ...env } as Record<string, string>);
  return api;
};
const operator = { authorization: 'Bearer operators-token' };

describe('a setting', () => {
  it('of a breaker reaches that breaker, and no other', () => {
    const breakers = createBreakers(
      readSettings({
        REDIS_ENABLED: 'true',
        POSTGRES_CB_FAILURE_THRESHOLD: '7',
        POSTGRES_CB_FAILURE_PERIOD: '4',
        POSTGRES_CB_RECOVERY_TIMEOUT: '11',
        REDIS_CB_FAILURE_THRESHOLD: '2',
        MLFLOW_CB_FAILURE_THRESHOLD: '3',
        MLFLOW_CB_RECOVERY_TIMEOUT: '12',
        AUTH_CB_RECOVERY_TIMEOUT: '13',
      }),
    );
    const policy = (name: string) => breakers.get(name)?.policy;
    expect(policy('postgres')).toMatchObject({
      opening: { kind: 'consecutive', failures: 7, overMs: 4_000 },
      openMs: 11_000,
    });
    expect(policy('redis')).toMatchObject({ opening: { failures: 2 }, openMs: 10_000 });
    expect(policy('mlflow')).toMatchObject({ opening: { failures: 3 }, openMs: 12_000 });
    expect(policy('auth')).toMatchObject({ opening: { failures: 5 }, openMs: 13_000 });
  });

  it.each([
    ['MLFLOW_CB_FAILURE_THRESHOLD', '0'],
    ['MLFLOW_CB_RECOVERY_TIMEOUT', '0'],
    ['MLFLOW_CB_RECOVERY_TIMEOUT', '31'],
    ['AUTH_CB_FAILURE_THRESHOLD', '-1'],
    ['REDIS_CB_RECOVERY_TIMEOUT', 'NaN'],
  ])('%s=%s is refused with its bounds, never replaced in silence', (name, value) => {
    const { problems } = readSettings({ [name]: value });
    expect(problems).toMatchObject([{ variable: name, cause: 'SETTING_INVALID' }]);
    expect(problems[0]?.message).toContain(value);
  });

  it('AUTH_SERVICE_TIMEOUT bounds the check of the auth service', async () => {
    around.auth.silent = true;
    const on = await start({ AUTH_SERVICE_TIMEOUT: '0.2', HEALTH_CHECK_TIMEOUT: '10' });
    await on.until('/health', ({ body }) => body.services.auth === 'unhealthy', 5_000);
    const { body } = await on.get('/health/detailed', operator);
    expect(body.details.auth.cause).toBe('RESPONSE_TIMEOUT');
    expect(body.details.auth.evidence.limitMs).toBeLessThanOrEqual(200);
  });

  it('by its older name leads where it says, and the report and the log name that place', async () => {
    const { DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD, ...rest } =
      around.env;
    const on = await startApi({
      ...rest,
      ADMIN_TOKEN: 'operators-token',
      DATABASE_HOST: '',
      DATABASE_PORT: '',
      DATABASE_NAME: '',
      DATABASE_USER: '',
      DATABASE_PASSWORD: '',
      DB_HOST: DATABASE_HOST ?? '',
      DB_PORT: DATABASE_PORT ?? '',
      DB_NAME: DATABASE_NAME ?? '',
      DB_USER: DATABASE_USER ?? '',
      DB_PASSWORD: DATABASE_PASSWORD ?? '',
    });
    api = on;
    await on.until('/health', ({ body }) => body.status === 'healthy');
    await on.database.query('SELECT 1');
    expect(on.log.entries().find(({ msg }) => msg === 'database connection')).toMatchObject({
      host: DATABASE_HOST,
      port: Number(DATABASE_PORT),
      database: 'app',
      user: 'app_owner',
    });
    await around.postgres.refuse();
    around.postgres.cut();
    await on.until('/health', ({ body }) => body.status === 'unhealthy');
    await around.postgres.listen();
    expect(on.log.entries().find(({ msg }) => msg === 'postgres is down')).toMatchObject({
      level: 'warn',
      critical: true,
      target: `127.0.0.1:${DATABASE_PORT}/app`,
      cause: 'CONNECTION_REFUSED',
    });
  });

  it('DATABASE_SECRET_ID whose secret cannot be read is that failure, not a wrong password', async () => {
    api = await startApi(
      {
        ...around.env,
        ADMIN_TOKEN: 'operators-token',
        DATABASE_PASSWORD: '',
        DATABASE_SECRET_ID: 'app/database',
      },
      { fetchSecret: () => Promise.reject(Object.assign(new Error('x'), { name: 'AccessDeniedException' })) },
    );
    await api.until('/health/detailed', ({ body }) => body.details.postgres.cause === 'SECRET_UNREADABLE');
    const { body } = await api.get('/health/detailed', operator);
    expect(body.details.postgres.detail).toBe(
      'secret "app/database" could not be read: this role may not read it',
    );
    expect((await api.get('/ready')).status).toBe(503);
  });

  it('DATABASE_SECRET_ID alone is enough: monitor and pool read the password from it, once', async () => {
    let readings = 0;
    api = await startApi(
      { ...around.env, DATABASE_PASSWORD: '', DATABASE_SECRET_ID: 'app/database' },
      {
        fetchSecret: async () => {
          readings += 1;
          await new Promise((resolve) => setTimeout(resolve, 20));
          return JSON.stringify({ password: around.env.DATABASE_PASSWORD });
        },
      },
    );
    await api.until('/ready', ({ status }) => status === 200);
    await api.database.query('SELECT 1');
    expect(readings).toBe(1);
    expect(api.log.text()).not.toContain(around.env.DATABASE_PASSWORD);
  });
});

describe('what is gone', () => {
  it.each([
    ['GET', '/health/status'],
    ['POST', '/health/mlflow/reset'],
    ['POST', '/health'],
  ] as const)('%s %s is not found, also from an address that was trusted', async (method, path) => {
    const on = await start();
    const headers = { 'x-forwarded-for': '10.0.0.7' };
    expect((await (method === 'GET' ? on.get(path, headers) : on.post(path, headers))).status).toBe(404);
    expect(on.breakers.get('mlflow')?.status().transitions).toBe(0);
  });
});
