import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sendJson } from '../../fixtures/http-server.ts';
import { admin, answerOk, asked, type Gateway, people, startGateway } from './gateway-fixture.ts';

let gateway: Gateway;
beforeAll(async () => {
  people.hk_strange = { user_id: 'ü\r\nx-evil: 1', key_id: 7, scopes: ['admin'] };
  gateway = await startGateway();
});
afterAll(() => gateway?.dispose());
beforeEach(() => {
  gateway.mlflow.received.length = 0;
  gateway.mlflow.answer = answerOk;
});

const path = '/mlflow/api/2.0/mlflow/runs/get';

/** Sends headers as they are written, names repeated. */
const ask = (headers: string[], target = path): Promise<{ status: number; rawHeaders: string[] }> =>
  new Promise((resolve, reject) => {
    const outgoing = request(`${gateway.api.base}${target}`, { headers, agent: false }, (incoming) => {
      incoming
        .resume()
        .once('end', () => resolve({ status: incoming.statusCode ?? 0, rawHeaders: incoming.rawHeaders }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });

const received = async (headers: string[], target = path) => {
  expect((await ask(['host', 'api.example.com', ...headers], target)).status).toBe(200);
  return asked(gateway)[0]?.headers ?? {};
};

const bearer = ['authorization', 'Bearer hk_admin'];

describe('the headers of a request', () => {
  it('go on as they came, credentials included', async () => {
    const headers = await received([
      ...bearer,
      'x-api-key',
      'hk_admin',
      'content-type',
      'application/json',
      'cookie',
      'a=1',
      'x-more',
      'one',
      'x-more',
      'two',
    ]);
    expect(headers).toMatchObject({
      authorization: 'Bearer hk_admin',
      'x-api-key': 'hk_admin',
      'content-type': 'application/json',
      cookie: 'a=1',
      'x-more': 'one, two',
    });
  });

  it('have the Host of MLflow, not that of the client', async () => {
    expect(await received(bearer)).toMatchObject({ host: `127.0.0.1:${gateway.mlflow.port}` });
  });

  it('lose what is about the connection, and what the connection header names', async () => {
    const headers = await received([
      ...bearer,
      'connection',
      'keep-alive, x-of-connection',
      'keep-alive',
      'timeout=5',
      'te',
      'trailers',
      'proxy-authorization',
      'Basic eDp5',
      'x-of-connection',
      'secret',
      'upgrade',
      'websocket',
      'expect',
      '100-continue',
    ]);
    for (const name of ['x-of-connection', 'te', 'proxy-authorization', 'upgrade', 'expect'])
      expect(headers).not.toHaveProperty(name);
  });

  it('say who the caller is, whatever the caller says of itself', async () => {
    const headers = await received([
      ...bearer,
      'X-Hokusai-User-Id',
      'somebody-else',
      'x-hokusai-api-key-id',
      'another',
      'connection',
      'x-hokusai-user-id',
      'x-forwarded-host',
      'evil.example.com',
    ]);
    expect(headers).toMatchObject({ 'x-hokusai-user-id': 'u-1', 'x-hokusai-api-key-id': 'k-1' });
    expect(headers).not.toHaveProperty('x-forwarded-host');
  });

  it('cannot be broken up by what the auth service calls a user', async () => {
    const headers = await received(['authorization', 'Bearer hk_strange']);
    expect(headers['x-hokusai-user-id']).toBe('%C3%BC%0D%0Ax-evil:%201');
    expect(headers['x-hokusai-api-key-id']).toBe('7');
    expect(headers).not.toHaveProperty('x-evil');
  });

  it('carry a key that came in the query, which itself does not go on', async () => {
    const headers = await received([], `${path}?run_id=1&api_key=hk_admin&b=2`);
    expect(headers).toMatchObject({ 'x-api-key': 'hk_admin' });
    expect(asked(gateway)[0]?.target).toBe('/api/2.0/mlflow/runs/get?run_id=1&b=2');
  });

  it('carry the trace id of the error bodies and of the log, and the addresses they came through', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = await received([
      ...bearer,
      'traceparent',
      `00-${traceId}-b7ad6b7169203331-01`,
      'x-forwarded-for',
      '203.0.113.7',
    ]);
    expect(headers.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-00$`));
    expect(headers['x-forwarded-for']).toBe('203.0.113.7, 127.0.0.1');
  });

  it('carry the token of the service where the caller has sent no Authorization of its own', async () => {
    const other = await startGateway({
      MLFLOW_TRACKING_URI: gateway.mlflow.url,
      MLFLOW_TRACKING_TOKEN: 'token-of-the-service',
    });
    try {
      await other.api.get(path, { 'x-api-key': 'hk_admin' });
      await other.api.get(path, admin);
      expect(asked(gateway).map(({ headers }) => headers.authorization)).toEqual([
        'Bearer token-of-the-service',
        'Bearer hk_admin',
      ]);
    } finally {
      await other.dispose();
    }
  });
});

describe('the headers of an answer', () => {
  it('come as they are, without those of the connection and those that say what stands behind', async () => {
    gateway.mlflow.answer = (_request, response) => {
      response.sendDate = false;
      sendJson(
        response,
        200,
        {},
        {
          server: 'gunicorn/21.2.0',
          via: '1.1 ip-10-0-1-5.ec2.internal',
          connection: 'close, x-of-connection',
          'x-of-connection': '1',
          'x-more': ['one', 'two'],
          'set-cookie': ['a=1', 'b=2'],
          etag: '"1"',
        },
      );
    };
    const { rawHeaders } = await ask(['host', 'x', ...bearer]);
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    const valuesOf = (wanted: string) =>
      rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === wanted && index % 2 === 1);
    expect(valuesOf('x-more')).toEqual(['one', 'two']);
    expect(valuesOf('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(valuesOf('etag')).toEqual(['"1"']);
    for (const name of ['server', 'via', 'x-of-connection']) expect(names).not.toContain(name);
  });
});
