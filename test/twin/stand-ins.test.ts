import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type StandIn, startAuth, startMlflow } from '../../twin/servers/index.ts';

let mlflow: StandIn;
let auth: StandIn;
beforeAll(async () => {
  mlflow = await startMlflow();
  auth = await startAuth(['hk_live_known']);
});
afterAll(async () => {
  await mlflow.close();
  await auth.close();
});

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('the stand-in for MLflow', () => {
  test('answers /health with the text OK, not with JSON', async () => {
    const answer = await fetch(`${mlflow.url}/health`);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(await answer.text()).toBe('OK');
  });

  test('finds the default experiment, by POST and by GET', async () => {
    const url = `${mlflow.url}/api/2.0/mlflow/experiments/search`;
    for (const answer of [await post(url, { max_results: 1 }), await fetch(`${url}?max_results=1`)]) {
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ experiments: [{ experiment_id: '0', name: 'Default' }] });
    }
  });

  test('finds no registered model', async () => {
    const answer = await post(`${mlflow.url}/api/2.0/mlflow/registered-models/search`, { max_results: 1 });
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
  });

  test('refuses a page of no size, and a path of the API that it does not have, with MLflow’s codes', async () => {
    const url = `${mlflow.url}/api/2.0/mlflow/experiments/search`;
    const wrong = await post(url, { max_results: 0 });
    expect([wrong.status, (await wrong.json()) as object]).toMatchObject([
      400,
      { error_code: 'INVALID_PARAMETER_VALUE' },
    ]);
    expect((await post(url, 'no json')).status).toBe(400);
    const missing = await fetch(`${mlflow.url}/api/2.0/mlflow/nothing`);
    expect([missing.status, (await missing.json()) as object]).toMatchObject([
      404,
      { error_code: 'ENDPOINT_NOT_FOUND' },
    ]);
  });
});

test('a client that leaves in the middle of its request is no event', async () => {
  const sending = request(mlflow.url, { method: 'POST', headers: { 'content-length': 10 } });
  sending.on('error', () => undefined);
  sending.write('half');
  await once(sending, 'socket');
  await sleep(50);
  sending.destroy();
  await sleep(50);
  expect((await fetch(`${mlflow.url}/health`)).status).toBe(200);
});

describe('the stand-in for auth', () => {
  const validate = (body: unknown, key?: string) =>
    post(
      `${auth.url}/api/v1/keys/validate`,
      body,
      key === undefined ? {} : { authorization: `Bearer ${key}` },
    );

  test('validates a key that it knows', async () => {
    const answer = await validate({ service_id: 'platform', client_ip: '10.0.0.1' }, 'hk_live_known');
    expect([answer.status, (await answer.json()) as object]).toMatchObject([
      200,
      { is_valid: true, service_id: 'platform', scopes: ['read', 'write'], rate_limit_per_hour: 1000 },
    ]);
  });

  test('tells of a key what it was given for it, and the usual of the rest', async () => {
    const other = await startAuth({ hk_live_admin: { scopes: ['mlflow:admin'], user_id: 'user_7' } });
    try {
      const answer = await post(
        `${other.url}/api/v1/keys/validate`,
        { service_id: 'platform' },
        { authorization: 'Bearer hk_live_admin' },
      );
      expect([answer.status, (await answer.json()) as object]).toMatchObject([
        200,
        { is_valid: true, scopes: ['mlflow:admin'], user_id: 'user_7', key_id: 'key_twin' },
      ]);
    } finally {
      await other.close();
    }
  });

  test.each<[string, unknown, string | undefined, number]>([
    ['no key', { service_id: 'platform' }, undefined, 401],
    ['a key that it does not know', { service_id: 'platform' }, 'hk_live_other', 401],
    ['a service that is not in the list', { service_id: 'registry' }, 'hk_live_known', 422],
    ['no service', {}, 'hk_live_known', 422],
    ['an address that is no text', { service_id: 'platform', client_ip: 1 }, 'hk_live_known', 422],
    ['a body that is no JSON', '{', 'hk_live_known', 422],
  ])('refuses %s', async (_, body, key, status) => {
    const answer = await validate(body, key);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toHaveProperty('detail');
  });

  test('says that it is healthy', async () => {
    const answer = await fetch(`${auth.url}/health`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'healthy' }]);
  });
});
