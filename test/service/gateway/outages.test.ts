import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../../../twin/servers/free-port.ts';
import { openBlackHole } from '../../fixtures/black-hole.ts';
import { type HttpServer, sendJson } from '../../fixtures/http-server.ts';
import { admin, answerOk, type Gateway, startGateway } from './gateway-fixture.ts';

let gateway: Gateway | undefined;
afterEach(async () => {
  await gateway?.dispose();
  gateway = undefined;
});

const path = '/mlflow/api/2.0/mlflow/runs/get';
const start = async (env: Record<string, string> = {}) => {
  gateway = await startGateway({
    MLFLOW_PROXY_TIMEOUT: '0.5',
    MLFLOW_CONNECT_TIMEOUT: '0.5',
    MLFLOW_CB_RECOVERY_TIMEOUT: '1',
    ...env,
  });
  return gateway;
};
const state = () => gateway?.api.breakers.get('mlflow')?.status();

const status =
  (code: number, headers = {}): HttpServer['answer'] =>
  (_request, response) =>
    sendJson(response, code, { error_code: 'X', message: 'x' }, headers);
const sends =
  (code: number, headers: Record<string, string>, body: string): HttpServer['answer'] =>
  (_request, response) =>
    response.writeHead(code, headers).end(body);
const long = 'x'.repeat(1_000_000);
/** No time-out of a busy machine may be taken for a failure. */
const patient = { MLFLOW_PROXY_TIMEOUT: '20', MLFLOW_CONNECT_TIMEOUT: '20' };
const hang: HttpServer['answer'] = () => undefined;
const cut: HttpServer['answer'] = (request) => request.socket.destroy();

describe('the breaker of MLflow', () => {
  it.each([
    ['502', status(502), 502, 'BAD_GATEWAY'],
    ['503', status(503), 503, 'UPSTREAM_ERROR'],
    ['503 of a load balancer', status(503, { server: 'awselb/2.0' }), 503, 'NO_HEALTHY_TARGET'],
    ['504', status(504), 504, 'GATEWAY_TIMEOUT'],
    ['silence', hang, 504, 'RESPONSE_TIMEOUT'],
    ['a closed connection', cut, 502, 'CONNECTION_RESET'],
  ])('opens on %s, five times in a row', async (_what, answer, code, cause) => {
    const { api, mlflow } = await start();
    mlflow.answer = answer;
    for (let count = 0; count < 5; count++) {
      expect(state()?.state).toBe('closed');
      expect((await api.post(path, admin, '{}')).status).toBe(code);
    }
    expect(state()).toMatchObject({ state: 'open', openingCause: cause });
    const begun = mlflow.begun;
    const refused = await api.post(path, admin, '{}');
    expect([refused.status, refused.body.error_code]).toEqual([503, 'TEMPORARILY_UNAVAILABLE']);
    expect(refused.body.detail).toContain(cause);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(mlflow.begun).toBe(begun);
  });

  it('opens when nothing listens, and names that', async () => {
    const { api } = await start({ MLFLOW_TRACKING_URI: `http://127.0.0.1:${await freePort()}` });
    for (let count = 0; count < 5; count++) {
      const { status: code, body } = await api.get(path, admin);
      expect([code, body.detail]).toEqual([502, 'mlflow cannot be reached (CONNECTION_REFUSED)']);
    }
    expect((await api.get(path, admin)).status).toBe(503);
  });

  it('opens when the network swallows everything, with 504 before', async () => {
    const hole = await openBlackHole();
    try {
      const { api } = await start({ MLFLOW_TRACKING_URI: `http://127.0.0.1:${hole.port}` });
      const answers = await Promise.all(Array.from({ length: 5 }, () => api.get(path, admin)));
      expect(answers.map(({ status: code }) => code)).toEqual([504, 504, 504, 504, 504]);
      expect(answers[0]?.body.detail).toMatch(/\((CONNECT|RESPONSE)_TIMEOUT\)/);
      expect(state()?.state).toBe('open');
    } finally {
      hole.dispose();
    }
  });

  it.each([400, 401, 403, 404, 409, 429, 500, 501])(
    'stays closed on an answer of MLflow itself: %i',
    async (code) => {
      const { api, mlflow } = await start();
      mlflow.answer = status(code);
      for (let count = 0; count < 8; count++) expect((await api.get(path, admin)).status).toBe(code);
      expect(state()).toMatchObject({ state: 'closed', failures: 0 });
    },
  );

  it('closes by itself once MLflow is back, without anybody asking', async () => {
    const { api, mlflow } = await start();
    mlflow.answer = status(503);
    for (let count = 0; count < 5; count++) await api.post(path, admin, '{}');
    expect(state()?.state).toBe('open');
    mlflow.answer = answerOk;
    const end = performance.now() + 15_000;
    while (state()?.state !== 'closed' && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(state()?.state).toBe('closed');
    expect((await api.get(path, admin)).status).toBe(200);
  });
});

/** An answer that the gateway does not pass on, and does not need to the end. */
const unwanted: readonly [string, string, HttpServer['answer'], number][] = [
  ['a HEAD answered with 404', 'HEAD', status(404), 404],
  ['a page in place of JSON', 'GET', sends(200, { 'content-type': 'text/html' }, '<html>log in</html>'), 502],
  ['a redirect to elsewhere', 'GET', sends(302, { location: 'http://10.0.0.9/' }, 'over there'), 502],
  ['an error too long to be read', 'GET', sends(500, { 'content-type': 'text/plain' }, long), 500],
];

describe('an answer that is not read to its end', () => {
  it.each(unwanted)('says nothing to the breaker: %s', async (_what, method, answer, code) => {
    const { api, mlflow } = await start(patient);
    mlflow.answer = answer;
    const ask = async () => (await fetch(`${api.base}${path}`, { method, headers: admin })).status;
    const codes = await Promise.all(Array.from({ length: 50 }, ask));
    expect([...new Set(codes)]).toEqual([code]);
    mlflow.answer = answerOk;
    // By now whatever became of the others has been told.
    for (let count = 0; count < 5; count++) expect((await api.get(path, admin)).status).toBe(200);
    expect(state()).toMatchObject({ state: 'closed', transitions: 0 });
    expect(state()).not.toHaveProperty('lastFailureAt');
  });

  it('is cut off when it does not end, and its place is free again', async () => {
    const { api, mlflow } = await start({ ...patient, MLFLOW_MAX_CONNECTIONS: '1' });
    let drip: NodeJS.Timeout | undefined;
    mlflow.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      drip = setInterval(() => response.write('<p>'), 50);
      response.once('close', () => clearInterval(drip));
    };
    try {
      expect((await api.get(path, admin)).status).toBe(502);
      mlflow.answer = answerOk;
      await api.until(path, ({ status: code }) => code === 200, 15_000, admin);
      expect(state()).toMatchObject({ state: 'closed', transitions: 0 });
      expect(state()).not.toHaveProperty('lastFailureAt');
    } finally {
      clearInterval(drip);
    }
  });
});

describe('a kept connection that MLflow has closed meanwhile', () => {
  it('is no failure of a request that changes nothing', async () => {
    const { api, mlflow } = await start();
    await api.get(path, admin);
    let first = true;
    mlflow.answer = (request, response) => {
      if (first) {
        first = false;
        request.socket.destroy();
      } else answerOk(request, response);
    };
    expect((await api.get(path, admin)).status).toBe(200);
    expect(state()?.failures).toBe(0);
  });

  it('is one of a request that may have been done: it is not repeated', async () => {
    const { api, mlflow } = await start();
    await api.get(path, admin);
    const before = mlflow.begun;
    mlflow.answer = cut;
    expect((await api.post(path, admin, '{}')).status).toBe(502);
    expect(mlflow.begun).toBe(before + 1);
  });
});

describe('while MLflow hangs', () => {
  it('only so many requests wait for it, and the others are told at once', async () => {
    const { api, mlflow } = await start({ MLFLOW_MAX_CONNECTIONS: '3', MLFLOW_PROXY_TIMEOUT: '2' });
    mlflow.answer = hang;
    const waiting = [1, 2, 3].map(() => api.get(path, admin));
    while (mlflow.begun < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    const { status: code, body, headers } = await api.get(path, admin);
    expect([code, body.detail]).toEqual([503, expect.stringContaining('POOL_EXHAUSTED')]);
    expect(headers.get('retry-after')).toBe('1');
    expect((await Promise.all(waiting)).map((answer) => answer.status)).toEqual([504, 504, 504]);
    mlflow.answer = answerOk;
    expect((await api.get(path, admin)).status).toBe(200);
  });

  it('what needs nothing of it answers as always', async () => {
    const { api, mlflow } = await start({ MLFLOW_PROXY_TIMEOUT: '5' });
    mlflow.answer = hang;
    let waits = true;
    const waiting = api.get(path, admin).finally(() => {
      waits = false;
    });
    for (const other of ['/live', '/health', '/version', '/metrics', '/ready']) await api.get(other);
    expect(waits).toBe(true);
    expect((await waiting).status).toBe(504);
  });
});

describe('what is no HTTP', () => {
  it('is named', async () => {
    const server = createTcpServer((socket) =>
      socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.6\r\n'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    try {
      const { api } = await start({ MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}` });
      const { status: code, body } = await api.get(path, admin);
      expect([code, body.detail]).toEqual([502, 'mlflow cannot be reached (NOT_THE_EXPECTED_SERVER)']);
      expect(JSON.stringify(body)).not.toContain(String(port));
    } finally {
      server.close();
    }
  });

  it('is named where TLS was expected', async () => {
    const plain = await startGateway();
    try {
      const { api } = await start({ MLFLOW_TRACKING_URI: plain.mlflow.url.replace('http:', 'https:') });
      const { status: code, body } = await api.get(path, admin);
      expect([code, body.detail]).toEqual([502, 'mlflow cannot be reached (TLS_NOT_OFFERED)']);
    } finally {
      await plain.dispose();
    }
  });
});

describe('wrong settings of MLflow', () => {
  it('leave the service running without it, and say so', async () => {
    const { api } = await start({ MLFLOW_TRACKING_URI: 'ftp://mlflow' });
    const { status: code, body, headers } = await api.get(path, admin);
    expect([code, body.detail, headers.get('retry-after')]).toEqual([
      503,
      'MLflow is off: its settings are wrong (SETTING_INVALID)',
      '60',
    ]);
    expect((await api.get('/health/alb')).status).toBe(200);
  });
});
