import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Breaker, defaultBreakerPolicy } from '../../core/resilience/index.ts';
import { mlflowRegistry } from '../../service/registration/index.ts';
import { Upstream } from '../../service/upstream/index.ts';
import { type StandIn, startAuth } from '../../twin/servers/index.ts';
import { type Api, type Surroundings, startApi, startSurroundings } from '../service/running.ts';
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts';
import { findPython } from './python.ts';

const python = findPython() ?? '';
const withPython = python ? describe : describe.skip;
const patience = 180_000;
const key = 'hk_live_writer';
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };

withPython('a registration with the real MLflow (needs Python with mlflow)', () => {
  let server: MlflowServer;
  let around: Surroundings;
  let auth: StandIn;
  let api: Api;

  beforeAll(async () => {
    server = await startMlflowServer(python);
    around = await startSurroundings();
    auth = await startAuth({ [key]: { scopes: ['write'], rate_limit_per_hour: 1_000_000 } });
    api = await startApi({ ...around.env, AUTH_SERVICE_URL: auth.url, MLFLOW_TRACKING_URI: server.url });
    await api.until('/ready', ({ status }) => status === 200);
  }, patience);
  afterAll(async () => {
    await api?.stop('the test ends');
    await auth?.close();
    await around?.dispose();
    await server?.dispose();
  }, patience);

  const ask = async (path: string, body?: object) => {
    const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: MLflow's own answers
    return (await response.json()) as any;
  };
  const aRun = async (metric: number) => {
    const { run } = await ask('runs/create', { experiment_id: '0', start_time: Date.now() });
    const runId = run.info.run_id;
    await ask('runs/log-metric', { run_id: runId, key: 'auc', value: metric, timestamp: Date.now() });
    return { runId, artifacts: run.info.artifact_uri };
  };
  const register = (body: object) => api.post('/api/models/register', headers, JSON.stringify(body));

  it('makes a model and its versions, with the value of the run in the event', async () => {
    const { runId, artifacts } = await aRun(0.75);
    const model = {
      model_name: 'real model',
      model_uri: `${artifacts}/model`,
      mlflow_run_id: runId,
      token_id: 'TOK',
      metric_name: 'auc',
      baseline_value: 0.5,
      metadata: { team: 'a' },
    };
    const { status, body } = await register(model);
    expect([status, body]).toMatchObject([201, { version: '1', event_emitted: true }]);
    const found = await ask('model-versions/get?name=real%20model&version=1');
    expect(found.model_version).toMatchObject({ run_id: runId, source: `${artifacts}/model` });
    expect(found.model_version.tags).toContainEqual({ key: 'team', value: 'a' });
    expect((await register(model)).headers.get('idempotency-replayed')).toBe('true');
    expect((await register({ ...model, description: 'once more' })).body.version).toBe('2');
    expect((await register({ model_name: 'real model', version: '2' })).status).toBe(201);
  });

  it.each([
    [{ version: '99' }, 'no version 99'],
    [
      {
        model_uri: 'runs:/x/y',
        mlflow_run_id: 'unknown',
        token_id: 'T',
        metric_name: 'auc',
        baseline_value: 0,
      },
      'no run unknown',
    ],
    [{ model_uri: '/etc/passwd' }, 'MLflow refuses this registration (400 INVALID_PARAMETER_VALUE)'],
  ])('that MLflow cannot do is refused by its own words: %j', async (wrong, words) => {
    const { status, body } = await register({ model_name: 'wrong model', ...wrong });
    expect([status, body.detail]).toEqual([422, expect.stringContaining(words)]);
  });

  it('finds the version of an earlier attempt by its mark, and none of another', async () => {
    const url = new URL(server.url);
    const target = {
      url,
      host: url.hostname,
      port: Number(url.port),
      tls: false,
      prefix: '',
      timeoutMs: 5_000,
    };
    const breaker = new Breaker({ name: 'mlflow', policy: defaultBreakerPolicy });
    const limits = { connectMs: 5_000, dnsMs: 5_000, responseMs: 30_000, most: 5 };
    const upstream = new Upstream('mlflow', target, breaker, limits);
    try {
      const registry = mlflowRegistry(upstream, {});
      const registrationId = '3f1c2a60-0000-4000-8000-000000000001';
      const version = { name: 'marked model', source: 's3://bucket/m', tags: {}, registrationId };
      expect(await registry.createdVersion('marked model', registrationId)).toBeUndefined();
      expect(await registry.createVersion(version)).toBe('1');
      expect(await registry.createdVersion('marked model', registrationId)).toBe('1');
      const other = registrationId.replace(/1$/, '2');
      expect(await registry.createdVersion('marked model', other)).toBeUndefined();
      expect(await registry.createdVersion('another model', registrationId)).toBeUndefined();
    } finally {
      await upstream.close(100);
    }
  });
});
