import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Api, type Surroundings, startApi, startSurroundings } from './running.ts';

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

const operator = { authorization: 'Bearer operators-token' };

const start = async (env: Record<string, string> = {}): Promise<Api> => {
  api = await startApi({ ...around.env, ADMIN_TOKEN: 'operators-token', ...env });
  return api;
};

const status = (wanted: string) => (answer: Answer) => answer.body.status === wanted;

/** Every path that tells about health, with what it answers. */
const codes = async (on: Api, paths: readonly string[]) =>
  Object.fromEntries(
    await Promise.all(
      paths.map(async (path) => {
        const { status: code, ms } = await on.get(path);
        expect([path, ms < 500]).toEqual([path, true]);
        return [path, code] as const;
      }),
    ),
  );

/** Connections are taken and never answered, the open ones included. */
const hang = (...names: ('postgres' | 'mlflow' | 'auth')[]) => {
  for (const name of names) {
    around[name].silent = true;
    around[name].blackHole();
  }
};

describe('a service whose dependencies all work', () => {
  it('is healthy and ready, with every dependency by name', async () => {
    const on = await start();
    const { body, status: code } = await on.until('/health', status('healthy'));
    expect(code).toBe(200);
    expect(body).toEqual({
      status: 'healthy',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      services: {
        api: 'healthy',
        postgres: 'healthy',
        redis: 'disabled',
        mlflow: 'healthy',
        auth: 'healthy',
      },
      degraded: [],
      system_info: null,
    });
    expect((await on.get('/ready')).body).toEqual({
      ready: true,
      can_serve_traffic: true,
      degraded_mode: false,
      checks: [
        { name: 'lifecycle', passed: true, critical: true },
        { name: 'database', passed: true, critical: true },
        { name: 'mlflow', passed: true, critical: false },
        { name: 'auth', passed: true, critical: false },
        { name: 'migrations', passed: true, critical: true },
      ],
    });
  });

  it('stays healthy over many checks, and answers ten times in a row the same', async () => {
    const on = await start({ HEALTH_CHECK_INTERVAL: '0.5' });
    await on.until('/health', status('healthy'));
    for (let count = 0; count < 10; count += 1) {
      expect((await on.get('/health')).body.status).toBe('healthy');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { body } = await on.get('/health/history');
    expect(body.services.postgres).toMatchObject({ availability_percent: 100, stretches: [{ ok: true }] });
    expect(body.transitions).toEqual([]);
  });

  it('keeps one connection for its checks of PostgreSQL', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    // By then what runs in the background has its connection of the pool.
    await on.until('/metrics', ({ body }) => body.includes('breakwater_outbox_depth'));
    const before = around.postgres.taken();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(around.postgres.taken()).toBe(before);
  });

  it('says which version it is, from its package and its commit', async () => {
    const { body } = await (await start()).get('/version');
    expect(body).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      build_date: expect.any(String),
      git_commit: expect.stringMatching(/^[0-9a-f]{40}$|^unknown$/),
      commit_time: expect.any(String),
      api_version: 'v1',
    });
  });
});

describe('while PostgreSQL is away', () => {
  it('the process is alive and stays with the load balancer, and is not ready; all is well once it is back', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    await around.postgres.refuse();
    around.postgres.cut();
    const { body, status: code } = await on.until('/health', status('unhealthy'));
    expect(code).toBe(503);
    expect(body.services).toMatchObject({ postgres: 'unhealthy', mlflow: 'healthy', auth: 'healthy' });
    expect(body.degraded).toMatchObject([
      {
        service: 'postgres',
        cause: 'CONNECTION_REFUSED',
        lost: expect.arrayContaining(['model registration']),
      },
    ]);
    expect(
      await codes(on, ['/live', '/health/alb', '/ready', '/health', '/health/detailed', '/version']),
    ).toEqual({
      '/live': 200,
      '/health/alb': 200,
      '/ready': 503,
      '/health': 503,
      '/health/detailed': 503,
      '/version': 200,
    });
    expect((await on.get('/ready')).body).toMatchObject({
      ready: false,
      can_serve_traffic: false,
      degraded_mode: false,
    });
    await around.postgres.listen();
    await on.until('/ready', ({ status: ready }) => ready === 200, 5_000);
    expect(await codes(on, ['/live', '/health/alb', '/ready', '/health'])).toEqual({
      '/live': 200,
      '/health/alb': 200,
      '/ready': 200,
      '/health': 200,
    });
    const transitions = on.log.entries().filter(({ dependency }) => dependency === 'postgres');
    expect(transitions.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['postgres is down', 'postgres is up']),
    );
  });

  it('and hangs instead of refusing, the answers are the same and as fast', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    hang('postgres');
    await on.until('/ready', ({ status: ready }) => ready === 503);
    expect(await codes(on, ['/live', '/health/alb', '/ready', '/health', '/metrics'])).toEqual({
      '/live': 200,
      '/health/alb': 200,
      '/ready': 503,
      '/health': 503,
      '/metrics': 200,
    });
  });

  it('from the beginning, the service starts, is with the load balancer and not ready, and comes up by itself', async () => {
    await around.postgres.refuse();
    const on = await start();
    expect(await codes(on, ['/live', '/health/alb', '/ready', '/health'])).toEqual({
      '/live': 200,
      '/health/alb': 200,
      '/ready': 503,
      '/health': 503,
    });
    await around.postgres.listen();
    await on.until('/ready', ({ status: ready }) => ready === 200, 5_000);
  });

  it('with the database missing, the report names it and what there is', async () => {
    const on = await start({ DATABASE_NAME: 'mlflow' });
    await on.until('/health', status('unhealthy'));
    await on.until('/health/detailed', ({ body }) => body.details.postgres.cause === 'DATABASE_MISSING');
    const { body } = await on.get('/health/detailed', operator);
    expect(body.details.postgres).toMatchObject({
      status: 'unhealthy',
      cause: 'DATABASE_MISSING',
      layer: 'database',
      evidence: { databases: expect.arrayContaining(['app']) },
      runbook: 'runbooks/database.md#database_missing',
    });
  });
});

describe('while what is not critical is away', () => {
  it('MLflow and auth hang at once: degraded with what is lost, and ready', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    hang('mlflow', 'auth');
    const { body, status: code } = await on.until(
      '/health',
      (answer) => answer.body.services.mlflow === 'unhealthy' && answer.body.services.auth === 'unhealthy',
    );
    expect([code, body.status]).toEqual([200, 'degraded']);
    expect(body.degraded).toEqual([
      { service: 'mlflow', status: 'unhealthy', cause: 'RESPONSE_TIMEOUT', lost: expect.any(Array) },
      { service: 'auth', status: 'unhealthy', cause: 'RESPONSE_TIMEOUT', lost: expect.any(Array) },
    ]);
    for (const { lost } of body.degraded) expect(lost.length).toBeGreaterThan(0);
    const ready = await on.get('/ready');
    expect([ready.status, ready.body.ready, ready.body.can_serve_traffic, ready.body.degraded_mode]).toEqual([
      200,
      false,
      true,
      true,
    ]);
    expect(ready.body.checks).toContainEqual({
      name: 'mlflow',
      passed: false,
      critical: false,
      degraded_mode: true,
      reason: 'the last checks failed',
      cause: 'RESPONSE_TIMEOUT',
    });
    expect((await on.get('/health/alb')).status).toBe(200);
  });

  it('never reports it healthy between the first silence and the verdict', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    hang('mlflow');
    await on.until('/health', status('degraded'));
    const seen = new Set<string>();
    for (let count = 0; count < 40; count += 1) {
      seen.add((await on.get('/health')).body.services.mlflow);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect([...seen]).not.toContain('healthy');
  });

  it('with wrong settings it is a failed check of the layer config, and the service starts', async () => {
    const on = await start({ MLFLOW_TRACKING_URI: 'mlflow:5000' });
    await on.until(
      '/health',
      ({ body }) => body.services.mlflow === 'unhealthy' && body.services.postgres === 'healthy',
    );
    const { body } = await on.get('/health/detailed', operator);
    expect(body.details.mlflow).toMatchObject({ cause: 'SETTING_INVALID', layer: 'config' });
    expect(body.status).toBe('degraded');
  });

  it('a Redis that is switched on and away is named, and nothing else is lost', async () => {
    const on = await start({
      REDIS_ENABLED: 'true',
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: '9',
      REDIS_TLS_ENABLED: 'false',
    });
    const { body } = await on.until('/health', ({ body: found }) => found.services.redis === 'unhealthy');
    expect(body.services).toMatchObject({ postgres: 'healthy', mlflow: 'healthy' });
    expect((await on.get('/ready')).status).toBe(200);
  });
});

describe('the breaker of MLflow', () => {
  const openBreaker = async (on: Api) => {
    const breaker = on.breakers.get('mlflow');
    for (let count = 0; count < 5; count += 1)
      await breaker
        ?.run(
          () => Promise.reject(new Error('x')),
          () => 'BAD_GATEWAY',
        )
        .catch(() => undefined);
    return breaker;
  };

  it('while it is open, MLflow is degraded although it answers; half-open it is recovering', async () => {
    const on = await start({ MLFLOW_CB_RECOVERY_TIMEOUT: '1' });
    await on.until('/health', status('healthy'));
    const breaker = await openBreaker(on);
    const open = await on.get('/health');
    expect([open.status, open.body.status, open.body.services.mlflow]).toEqual([200, 'degraded', 'degraded']);
    expect((await on.get('/ready')).body).toMatchObject({
      ready: false,
      can_serve_traffic: true,
      degraded_mode: true,
    });
    expect((await on.get('/health/mlflow')).status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    const admission = breaker?.admit();
    const recovering = await on.get('/health');
    expect(recovering.body.services.mlflow).toBe('recovering');
    const ready = await on.get('/ready');
    expect(ready.body).toMatchObject({ ready: true, can_serve_traffic: true });
    expect(ready.body.checks).toContainEqual({
      name: 'mlflow',
      passed: true,
      critical: false,
      recovering: true,
      reason: 'Circuit breaker is half-open',
    });
    if (admission?.admitted) admission.permit.succeed();
    await breaker?.run(async () => 1);
    expect((await on.get('/health')).body.services.mlflow).toBe('healthy');
  });

  it('is not moved by reading it, however often', async () => {
    // Without an address nothing makes its trials either.
    const on = await start({ MLFLOW_CB_RECOVERY_TIMEOUT: '1', MLFLOW_TRACKING_URI: 'ftp://mlflow' });
    await on.until('/health', status('degraded'));
    await openBreaker(on);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    for (const path of ['/health', '/ready', '/health/mlflow', '/metrics', '/health/detailed'])
      for (let count = 0; count < 5; count += 1) await on.get(path);
    expect(on.breakers.get('mlflow')?.status()).toMatchObject({ state: 'open', transitions: 1 });
  });

  it('hears nothing of the background checks, failed ones included', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    await around.mlflow.refuse();
    around.mlflow.cut();
    await on.until('/health', ({ body }) => body.services.mlflow === 'unhealthy');
    expect(on.breakers.get('mlflow')?.status()).toMatchObject({
      state: 'closed',
      failures: 0,
      transitions: 0,
    });
    await around.mlflow.listen();
  });
});

describe('/health/mlflow and /api/health/mlflow', () => {
  it('have the shapes that their callers know, with addresses for operators only', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    const shape = {
      status: 'healthy',
      circuit_breaker_state: 'CLOSED',
      circuit_breaker_details: {
        state: 'CLOSED',
        failure_count: 0,
        consecutive_successes: 0,
        recovery_attempts: 0,
        last_failure_time: null,
        last_success_time: expect.any(String),
        time_since_last_failure: null,
        time_until_retry: 0,
        failure_threshold: 5,
        recovery_timeout: 10,
      },
      connected: true,
      tracking_uri: null,
      error: null,
      error_type: null,
      last_check_time: expect.any(String),
      response_time_ms: expect.any(Number),
      can_retry_in_seconds: 0,
      timestamp: expect.any(String),
    };
    const anonymous = await on.get('/health/mlflow', { authorization: 'Bearer hk_live_something' });
    expect([anonymous.status, anonymous.body]).toEqual([200, shape]);
    const { body } = await on.get('/health/mlflow', operator);
    expect(body.tracking_uri).toBe(around.env.MLFLOW_TRACKING_URI);
    expect((await on.get('/api/health/mlflow')).body).toEqual({
      status: 'ok',
      tracking_uri: null,
      latency_ms: expect.any(Number),
      sample_model: null,
    });
  });

  it('answer 503 with the cause while it cannot be reached', async () => {
    const on = await start();
    await around.mlflow.refuse();
    around.mlflow.cut();
    await on.until('/health/mlflow', ({ status: code, body }) => code === 503 && body.error_type !== null);
    const { body } = await on.get('/health/mlflow');
    expect(body).toMatchObject({
      connected: false,
      error_type: 'CONNECTION_REFUSED',
      circuit_breaker_state: 'CLOSED',
    });
    const other = await on.get('/api/health/mlflow');
    expect([other.status, other.body]).toEqual([
      503,
      {
        status: 'error',
        tracking_uri: null,
        latency_ms: expect.any(Number),
        sample_model: null,
        error_type: 'CONNECTION_REFUSED',
        error: expect.stringContaining('CONNECTION_REFUSED'),
      },
    ]);
    await around.mlflow.listen();
  });
});

describe('details', () => {
  it('are codes and numbers for anyone, and everything but secrets for a token', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    const anyone = await on.get('/health/detailed');
    const token = await on.get('/health?detailed=true', operator);
    const address = `127.0.0.1:${around.postgres.port}`;
    expect(JSON.stringify(anyone.body)).not.toContain(address);
    expect(JSON.stringify(anyone.body)).not.toContain(around.env.DATABASE_USER);
    expect(anyone.body.details.postgres).toMatchObject({
      status: 'healthy',
      critical: true,
      latency_ms: expect.any(Number),
      breaker: { state: 'closed', failures: 0, transitions: 0 },
    });
    expect(anyone.body).toMatchObject({ pool: { size: 10 }, history: { services: { mlflow: {} } } });
    expect(anyone.body.migrations).toBeUndefined();
    expect(anyone.body.system_info).toEqual({
      cpu_percent: expect.any(Number),
      memory_percent: expect.any(Number),
    });
    expect(token.body.details.postgres.target).toBe(`${address}/app`);
    expect(token.body.details.mlflow.target).toBe(around.env.MLFLOW_TRACKING_URI);
    expect(token.body).toMatchObject({
      pool: { size: 10, inUse: 0, waiting: 0 },
      migrations: { applied: true },
      phase: 'serving',
      history: { services: { postgres: { availability_percent: 100 } } },
    });
    for (const secret of [around.env.DATABASE_PASSWORD, 'operators-token'])
      for (const body of [anyone.body, token.body]) expect(JSON.stringify(body)).not.toContain(secret);
  });

  it.each(['/health/detailed', '/health?detailed=true', '/health/history'])(
    'of %s are refused to a wrong token',
    async (path) => {
      const on = await start();
      for (const authorization of [
        'Bearer wrong',
        'Basic operators-token',
        'Bearer',
        'Bearer operators-token x',
      ]) {
        const answer = await on.get(path, { authorization });
        expect([authorization, answer.status]).toEqual([authorization, 401]);
        expect(answer.body).toEqual({
          detail: expect.stringContaining('token'),
          trace_id: expect.any(String),
        });
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      }
    },
  );

  it('are asked for with true or false; anything else is said to be wrong', async () => {
    const on = await start();
    const answer = await on.get('/health?detailed=banana');
    expect([answer.status, answer.body]).toEqual([
      422,
      { detail: expect.stringContaining('detailed'), trace_id: expect.any(String) },
    ]);
    expect((await on.get('/health?cache=1')).status).not.toBe(422);
  });
});

describe('the history', () => {
  it('keeps a failure among many successes, as one stretch with its cause', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    await around.postgres.refuse();
    around.postgres.cut();
    await on.until('/health', status('unhealthy'));
    await around.postgres.listen();
    await on.until('/health', status('healthy'));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const { body } = await on.get('/health/history', operator);
    const { stretches, availability_percent: share } = body.services.postgres;
    expect(stretches.map(({ ok }: { ok: boolean }) => ok)).toEqual(expect.arrayContaining([true, false]));
    expect(stretches.at(-1)).toMatchObject({ ok: true });
    const failure = stretches.find(({ cause }: { cause?: string }) => cause === 'CONNECTION_REFUSED');
    expect(failure).toMatchObject({ detail: expect.any(String), checks: expect.any(Number) });
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(100);
  });
});

describe('migrations', () => {
  it('that are missing keep the service from being ready, and newer ones do not', async () => {
    const { database, port, superuser } = { ...around.server, database: 'app' };
    const { default: pg } = await import('pg');
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: superuser.name,
      password: superuser.password,
      database,
    });
    await client.connect();
    try {
      const on = await start();
      await on.until('/ready', ({ status: code }) => code === 200);
      await client.query('ALTER TABLE breakwater_migrations RENAME TO hidden');
      const { body } = await on.until('/ready', ({ status: code }) => code === 503);
      expect(body.checks).toContainEqual({
        name: 'migrations',
        passed: false,
        critical: true,
        reason: expect.stringMatching(/not applied yet: 0001_.*run the migration/),
      });
      expect((await on.get('/health')).status).toBe(200);
      await client.query('ALTER TABLE hidden RENAME TO breakwater_migrations');
      await client.query("INSERT INTO breakwater_migrations (name, run_on) VALUES ('9999_newer', now())");
      await on.until('/ready', ({ status: code }) => code === 200);
    } finally {
      await client.query("DELETE FROM breakwater_migrations WHERE name = '9999_newer'");
      await client.end();
    }
  });
});

describe('/metrics', () => {
  it('is text for Prometheus with the names of today, and asks nobody', async () => {
    const on = await start();
    await on.until('/health', status('healthy'));
    const { body, headers } = await on.get('/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of [
      'mlflow_connection_status 1',
      'mlflow_circuit_breaker_state 0',
      'mlflow_circuit_breaker_failures_total 0',
      'breakwater_health_status 0',
      'breakwater_dependency_up{dependency="postgres"} 1',
      'breakwater_breaker_state{dependency="auth"} 0',
      'breakwater_pool_size 10',
    ])
      expect(body.split('\n')).toContain(line);
    const breaker = on.breakers.get('mlflow');
    await breaker
      ?.run(
        () => Promise.reject(new Error('x')),
        () => 'BAD_GATEWAY',
      )
      .catch(() => undefined);
    expect((await on.get('/metrics')).body).toContain('mlflow_circuit_breaker_failures_total 1\n');
  });
});
