/** MLflow and the auth service, as far as the gateway's benches need them: as fast as a server of Node can be. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startFaultProxy } from '../fixtures/fault-proxy.ts';
import { benchKey } from './bench-key.ts';
import { bodyOf, takeBody } from './byte-rate.ts';
import { serveParent } from './parent.ts';

export type AuthState = 'well' | 'stopped' | 'hung';

export interface UpstreamsReady {
  /** Of MLflow. */
  port: number;
  /** Settings that lead to both. */
  env: Record<string, string>;
}

const id = '0123456789abcdef0123456789abcdef';
const metric = (key: string) => ({ key, value: 0.25, timestamp: 1_767_225_600_000, step: 1 });
const run = JSON.stringify({
  run: {
    info: {
      run_id: id,
      run_uuid: id,
      run_name: 'merciful-shrike-42',
      experiment_id: '0',
      user_id: 'ada',
      status: 'RUNNING',
      start_time: 1_767_225_600_000,
      artifact_uri: `mlflow-artifacts:/0/${id}/artifacts`,
      lifecycle_stage: 'active',
    },
    data: {
      metrics: ['loss', 'accuracy', 'f1', 'auc'].map(metric),
      params: ['alpha', 'depth', 'seed'].map((key) => ({ key, value: '3' })),
      tags: ['mlflow.user', 'mlflow.source.name'].map((key) => ({ key, value: 'train.py' })),
    },
  },
});

const sendJson = (response: ServerResponse, status: number, body: string): void =>
  void response
    .writeHead(status, {
      server: 'gunicorn',
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    })
    .end(body);

/** An artifact's length, rate and form are in its query: `bytes`, `rate` (bytes a second), `chunked`. */
const artifact = async (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => {
  const rate = Number(query.get('rate'));
  if (request.method === 'PUT')
    return sendJson(response, 200, JSON.stringify({ bytes: await takeBody(request, rate) }));
  const length = Number(query.get('bytes'));
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    ...(query.has('chunked') ? {} : { 'content-length': length }),
  });
  return bodyOf(length, rate).pipe(response);
};

const mlflow: RequestListener = async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname.includes('/mlflow-artifacts/')) return artifact(request, response, searchParams);
  if (pathname === '/health') return void response.end('OK');
  await text(request);
  if (pathname.endsWith('/runs/get')) return sendJson(response, 200, run);
  if (pathname.endsWith('/experiments/search')) return sendJson(response, 200, '{"experiments":[]}');
  return sendJson(response, 200, '{}');
};

/** Questions of the gateway; the monitors ask too, without such a key. */
let asked = 0;

const auth: RequestListener = async (request, response) => {
  await text(request);
  const key = String(request.headers.authorization).replace('Bearer ', '');
  if (!key.startsWith(benchKey)) return sendJson(response, 401, '{"detail":"Invalid or expired API key"}');
  asked += 1;
  const identity = { user_id: 'u-1', key_id: 'k-1', scopes: ['mlflow:admin', 'write'] };
  return sendJson(response, 200, JSON.stringify(identity));
};

const listen = async (listener: RequestListener): Promise<number> => {
  const server = createServer(listener);
  server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const port = await listen(mlflow);
const proxy = await startFaultProxy(await listen(auth));
let now: AuthState = 'well';
const setAuth = async (state: AuthState): Promise<void> => {
  const before = now;
  now = state;
  proxy.silent = state === 'hung';
  if (state === 'hung') proxy.blackHole();
  if (state === 'stopped') {
    await proxy.refuse();
    proxy.cut();
  }
  if (before === 'stopped') await proxy.listen();
};
const ready: UpstreamsReady = {
  port,
  env: {
    MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}`,
    AUTH_SERVICE_URL: `http://127.0.0.1:${proxy.port}`,
  },
};
serveParent(ready, { setAuth, asked: () => asked });
