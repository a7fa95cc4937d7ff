import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type HttpServer, sendJson } from '../../fixtures/http-server.ts';
import { type Gateway, judgeKey, people, startGateway } from '../gateway/gateway-fixture.ts';

let gateway: Gateway;
beforeAll(async () => {
  people.hk_listed = { user: { id: 'u-9' }, email: 'Grace@Example.com', scopes: ['read'] };
  people.hk_role = { user_id: 'u-10', roles: ['registry:admin'] };
  people.hk_flag = { user_id: 'u-11', is_admin: true };
  people.hk_words = { user_id: 'u-12', is_admin: 'true', scopes: 'admin', roles: null };
  gateway = await startGateway({
    AUTH_CACHE_TTL: '1',
    AUTH_CACHE_OUTAGE_TTL: '0',
    AUTH_SERVICE_TIMEOUT: '0.5',
    AUTH_CB_FAILURE_THRESHOLD: '100',
    REGISTRY_ADMIN_USER_EMAILS: 'grace@example.com, other@example.com',
  });
});
afterAll(() => gateway?.dispose());
afterEach(() => {
  gateway.auth.answer = judgeKey;
  gateway.auth.received.length = 0;
});

const path = '/mlflow/api/2.0/mlflow/runs/get';
const ask = (headers: Record<string, string> = {}, target = path) => gateway.api.get(target, headers);
let next = 0;
/** A key that is in no cache. */
const newKey = () => ({ 'x-api-key': `hk_new_${next++}` });

describe('a key', () => {
  it.each([
    ['Authorization: Bearer', { authorization: 'Bearer hk_admin' }, path],
    ['Authorization: ApiKey', { authorization: 'ApiKey hk_admin' }, path],
    ['the same in small letters', { authorization: 'bearer  hk_admin' }, path],
    ['X-API-Key', { 'x-api-key': 'hk_admin' }, path],
    ['the query', {}, `${path}?run_id=1&api_key=hk_admin`],
    ['the first of its forms', { authorization: 'Bearer hk_admin', 'x-api-key': 'hk_wrong' }, path],
    ['the second, when the first is none', { authorization: 'Basic eDp5', 'x-api-key': 'hk_admin' }, path],
    ['the query, when the header is empty', { 'x-api-key': '' }, `${path}?api_key=hk_admin`],
  ] as [string, Record<string, string>, string][])('is taken from %s', async (_form, headers, target) => {
    expect((await ask(headers, target)).status).toBe(200);
  });

  it('is sent as the contract says, with where the request came from', async () => {
    await ask({ ...newKey(), 'x-forwarded-for': '203.0.113.9, 10.0.0.1' });
    expect(gateway.auth.received).toMatchObject([
      {
        method: 'POST',
        target: '/api/v1/keys/validate',
        headers: { authorization: `Bearer hk_new_${next - 1}` },
      },
    ]);
    expect(JSON.parse(String(gateway.auth.received[0]?.body))).toEqual({
      service_id: 'platform',
      client_ip: '203.0.113.9',
    });
  });

  it.each(['10.0.0.1', 'not-an-address', '10.0.0.1, 203.0.113.9'])(
    'is asked for whatever X-Forwarded-For says: %s',
    async (address) => {
      expect((await ask({ 'x-forwarded-for': address })).status).toBe(401);
      expect((await ask({ ...newKey(), 'x-forwarded-for': address })).status).toBe(401);
      const { client_ip } = JSON.parse(String(gateway.auth.received[0]?.body));
      expect(client_ip).toMatch(/^(10\.0\.0\.1|127\.0\.0\.1)$/);
    },
  );

  it('that is missing is asked for, in the words that clients know', async () => {
    const { status, body, headers } = await ask();
    expect([status, body.detail, body.error_code]).toEqual([401, 'API key required', 'UNAUTHENTICATED']);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('never stands in a log line', () => {
    expect(gateway.api.log.text()).not.toMatch(/hk_/);
  });
});

describe('an answer of the auth service', () => {
  const json =
    (status: number, body: unknown, headers = {}): HttpServer['answer'] =>
    (_request, response) =>
      sendJson(response, status, body, headers);
  const plain =
    (status: number, text: string, type = 'text/plain'): HttpServer['answer'] =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': type });
      response.end(text);
    };
  const nothing: HttpServer['answer'] = () => undefined;
  const cut: HttpServer['answer'] = (request) => request.socket.destroy();
  const half: HttpServer['answer'] = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"user_id":');
  };

  it.each([
    ['401', json(401, { detail: 'no' }), 401, 'Invalid or expired API key', null],
    ['429 with how long to wait', json(429, {}, { 'retry-after': '7' }), 429, 'Rate limit exceeded', '7'],
    ['429 without', json(429, {}), 429, 'Rate limit exceeded', '60'],
    [
      '429 with a date',
      json(429, {}, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }),
      429,
      'Rate limit exceeded',
      '60',
    ],
    ['400', json(400, {}), 503, 'Authentication service error', '1'],
    ['403', json(403, {}), 503, 'Authentication service error', '1'],
    ['404', plain(404, '<html>', 'text/html'), 503, 'Authentication service error', '1'],
    ['500', json(500, {}), 503, 'Authentication service error', '1'],
    ['502', plain(502, '<html>', 'text/html'), 503, 'Authentication service error', '1'],
    ['503', json(503, {}), 503, 'Authentication service error', '1'],
    [
      '302',
      json(302, {}, { location: 'https://login.example.com/' }),
      503,
      'Authentication service error',
      '1',
    ],
    ['200 with a list', json(200, []), 401, 'Authentication service error', null],
    ['200 with null', json(200, null), 401, 'Authentication service error', null],
    ['200 with a text', json(200, 'ok'), 401, 'Authentication service error', null],
    ['200 with a number', json(200, 1), 401, 'Authentication service error', null],
    ['200 without JSON', plain(200, 'ok'), 401, 'Authentication service error', null],
    [
      '200 with a page',
      plain(200, '<html>maintenance</html>', 'text/html'),
      503,
      'Authentication service error',
      '1',
    ],
    ['nothing', nothing, 503, 'Authentication service timeout', '1'],
    ['half an answer', half, 503, 'Authentication service timeout', '1'],
    ['a closed connection', cut, 503, 'Authentication service unavailable', '1'],
  ] as [string, HttpServer['answer'], number, string, string | null][])(
    'of %s',
    async (_what, answer, status, detail, retryAfter) => {
      gateway.auth.answer = answer;
      const got = await ask(newKey());
      expect([got.status, got.body.detail, got.headers.get('retry-after')]).toEqual([
        status,
        detail,
        retryAfter,
      ]);
    },
  );

  it('that does not come at all, because nothing listens, is 503', async () => {
    const other = await startGateway({ AUTH_SERVICE_URL: 'http://127.0.0.1:9' });
    try {
      const { status, body, headers } = await other.api.get(path, newKey());
      expect([status, body.detail, body.cause]).toEqual([
        503,
        'Authentication service unavailable',
        'CONNECTION_REFUSED',
      ]);
      expect(headers.get('retry-after')).toBe('1');
    } finally {
      await other.dispose();
    }
  });

  it('cannot come when its settings are wrong: 503, and the service runs', async () => {
    const other = await startGateway({ AUTH_SERVICE_URL: 'ftp://auth' });
    try {
      expect((await other.api.get(path, newKey())).status).toBe(503);
      expect((await other.api.get('/live')).status).toBe(200);
    } finally {
      await other.dispose();
    }
  });
});

describe('the registry', () => {
  it.each(['hk_admin', 'hk_listed', 'hk_role', 'hk_flag'])('is open to an administrator: %s', async (key) => {
    expect((await ask({ 'x-api-key': key })).status).toBe(200);
  });

  it.each(['hk_writer', 'hk_reader', 'hk_words'])('is closed to others: %s', async (key) => {
    const { status, body } = await ask({ 'x-api-key': key });
    expect([status, body]).toMatchObject([
      403,
      { detail: 'Admin access required for the model registry', error: 'REGISTRY_ADMIN_REQUIRED' },
    ]);
  });

  it.each([
    '/mlflow/x',
    '/api/mlflow/x',
    '/api/2.0/mlflow/x',
    '/api/3.0/mlflow/x',
    '/api/2.0/preview/mlflow/x',
    '/api/2.0/mlflow-artifacts/x',
    '/ajax-api/2.0/mlflow/x',
    '/ajax-api/2.0/mlflow-artifacts/x',
    '/ajax-api/3.0/mlflow/x',
  ])('is behind a key on each path: %s', async (target) => {
    expect((await ask({}, target)).status).toBe(401);
    expect((await ask({ 'x-api-key': 'hk_writer' }, target)).status).toBe(403);
  });
});
