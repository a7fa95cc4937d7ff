import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { admin, answerOk, asked, type Gateway, startGateway } from './gateway-fixture.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.dispose());
beforeEach(() => {
  gateway.mlflow.received.length = 0;
  gateway.mlflow.answer = answerOk;
});

describe('a mount', () => {
  it.each([
    // Clients with the tracking URI of one of the first two mounts.
    ['/mlflow/api/2.0/mlflow/runs/get?run_id=1', '/api/2.0/mlflow/runs/get?run_id=1'],
    ['/mlflow/api/2.0/mlflow-artifacts/artifacts/0/a/b.bin', '/api/2.0/mlflow-artifacts/artifacts/0/a/b.bin'],
    ['/mlflow/health', '/health'],
    ['/mlflow/health/mlflow', '/health/mlflow'],
    ['/api/mlflow/api/2.0/mlflow/experiments/search', '/api/2.0/mlflow/experiments/search'],
    ['/api/mlflow/version', '/version'],
    // Clients whose tracking URI is the service itself: the prefix is a part of MLflow's own path.
    ['/api/2.0/mlflow/registered-models/create', '/api/2.0/mlflow/registered-models/create'],
    ['/api/3.0/mlflow/traces', '/api/3.0/mlflow/traces'],
    ['/api/2.0/mlflow-artifacts/artifacts/0/x', '/api/2.0/mlflow-artifacts/artifacts/0/x'],
    ['/api/2.0/preview/mlflow/runs/get', '/api/2.0/preview/mlflow/runs/get'],
    ['/ajax-api/2.0/mlflow/runs/search', '/ajax-api/2.0/mlflow/runs/search'],
    ['/ajax-api/2.0/mlflow-artifacts/artifacts/0', '/ajax-api/2.0/mlflow-artifacts/artifacts/0'],
    // What a path may hold stays as it was written.
    [
      '/mlflow/api/2.0/mlflow-artifacts/artifacts/0/a%20b%C3%A9.txt',
      '/api/2.0/mlflow-artifacts/artifacts/0/a%20b%C3%A9.txt',
    ],
    [
      '/mlflow/api/2.0/mlflow/runs/get?a=1%2F2&b=..%2f&c=%252e',
      '/api/2.0/mlflow/runs/get?a=1%2F2&b=..%2f&c=%252e',
    ],
  ])('sends %s on as %s', async (path, expected) => {
    expect((await gateway.api.get(path, admin)).status).toBe(200);
    expect(asked(gateway).map(({ target }) => target)).toEqual([expected]);
  });

  it('keeps the prefix that the address of MLflow has', async () => {
    const other = await startGateway({ MLFLOW_TRACKING_URI: `${gateway.mlflow.url}/tracking/` });
    try {
      await other.api.get('/api/2.0/mlflow/runs/get?run_id=1', admin);
      await other.api.get('/mlflow/api/2.0/mlflow/runs/get', admin);
      expect(asked(gateway).map(({ target }) => target)).toEqual([
        '/tracking/api/2.0/mlflow/runs/get?run_id=1',
        '/tracking/api/2.0/mlflow/runs/get',
      ]);
    } finally {
      await other.dispose();
    }
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('passes %s on', async (method) => {
    const response = await fetch(`${gateway.api.base}/mlflow/api/2.0/mlflow/runs/get`, {
      method,
      headers: admin,
      ...(['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) ? { body: '{"a":1}' } : {}),
    });
    expect(response.status).toBe(200);
    await response.text();
    expect(asked(gateway)).toMatchObject([{ method }]);
  });

  it('passes a GET with a body on, as old clients of MLflow send it', async () => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const outgoing = request(
        `${gateway.api.base}/mlflow/api/2.0/mlflow/runs/get`,
        { method: 'GET', headers: { ...admin, 'content-type': 'application/json', 'content-length': '10' } },
        (incoming) => resolve(incoming.resume().statusCode),
      );
      outgoing.on('error', reject);
      outgoing.end('{"run":"1"');
    });
    expect(status).toBe(200);
    expect(asked(gateway)[0]?.body.toString()).toBe('{"run":"1"');
  });

  it('takes a path of a thousand characters', async () => {
    const path = `/api/2.0/mlflow-artifacts/artifacts/0/${'a'.repeat(1_000)}`;
    expect((await gateway.api.get(path, admin)).status).toBe(200);
    expect(asked(gateway)[0]?.target).toBe(path);
  });

  it('is not where the paths of this service are', async () => {
    expect((await gateway.api.get('/health/mlflow')).body).toHaveProperty('circuit_breaker_state');
    expect((await gateway.api.get('/version')).body).toHaveProperty('git_commit');
    expect((await gateway.api.get('/api/2.0/other/x', admin)).status).toBe(404);
    expect(asked(gateway)).toEqual([]);
  });
});
