import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Api, startApi } from './running.ts';

let api: Api | undefined;
afterEach(async () => {
  await api?.stop('end of the test');
  api = undefined;
});

const operator = { authorization: 'Bearer operators-token' };
const json = { ...operator, 'content-type': 'application/json' };

const start = async (env: Record<string, string> = { ADMIN_TOKEN: 'operators-token' }): Promise<Api> => {
  api = await startApi(env);
  return api;
};

const routes = [
  ['GET', '/admin/breakers'],
  ['GET', '/admin/breakers/mlflow'],
  ['POST', '/admin/breakers/mlflow/reset'],
  ['POST', '/admin/breakers/mlflow/open'],
  ['POST', '/admin/pools/reset'],
] as const;

const ask = (on: Api, method: 'GET' | 'POST', path: string, headers: Record<string, string> = {}) =>
  method === 'GET' ? on.get(path, headers) : on.post(path, headers);

/** Sends the path as it is written: fetch would tidy it first. */
const raw = (on: Api, path: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { port } = on;
    httpRequest({ host: '127.0.0.1', port, path, method: 'GET', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('an operator route', () => {
  it.each(routes)('%s %s wants the token', async (method, path) => {
    const on = await start();
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'operators-token' }]) {
      const answer = await ask(on, method, path, headers as Record<string, string>);
      expect([headers, answer.status]).toEqual([headers, 401]);
      expect(answer.body).toEqual({ detail: expect.any(String), trace_id: expect.any(String) });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="breakwater"');
    }
    expect(on.breakers.get('mlflow')?.status()).toMatchObject({ state: 'closed', transitions: 0 });
    expect((await ask(on, method, path, operator)).status).toBe(200);
  });

  it.each(routes)(
    '%s %s does not exist for whoever comes through the load balancer',
    async (method, path) => {
      const on = await start();
      const answer = await ask(on, method, path, { ...operator, 'x-forwarded-for': '203.0.113.7' });
      expect([answer.status, answer.body.detail]).toEqual([404, 'Not Found']);
      expect(on.breakers.get('mlflow')?.status().transitions).toBe(0);
    },
  );

  it('does not exist without a configured token, whatever is sent', async () => {
    const on = await start({});
    for (const headers of [{}, operator, { authorization: 'Bearer ' }])
      expect((await on.get('/admin/breakers', headers as Record<string, string>)).status).toBe(404);
  });

  it('is not reached by a path that is spelled differently', async () => {
    const on = await start();
    for (const [path, status] of [
      ['/%61dmin/breakers', 404],
      ['/Admin/breakers', 404],
      ['//admin/breakers', 400],
      ['/x/../admin/breakers', 400],
      ['/admin%2fbreakers', 400],
    ] as const)
      expect([path, await raw(on, path, operator)]).toEqual([path, status]);
    expect(await raw(on, '/admin/breakers', operator)).toBe(200);
  });
});

describe('the breakers', () => {
  it('are listed with their state, one for each dependency that is used', async () => {
    const { body } = await (await start()).get('/admin/breakers', operator);
    expect(body.breakers.map(({ name }: { name: string }) => name)).toEqual(['postgres', 'mlflow', 'auth']);
    expect(body.breakers[0]).toEqual({
      name: 'postgres',
      state: 'closed',
      held_open: false,
      failures: expect.any(Number),
      successes: 0,
      successes_required: 2,
      failed_recoveries: 0,
      transitions: 0,
      retry_after_ms: 0,
      since: expect.any(String),
      opening_cause: null,
    });
  });

  it('are held open and reset, and the audit says who, what, before and after, at every log level', async () => {
    const on = await start({ ADMIN_TOKEN: 'operators-token', LOG_LEVEL: 'error' });
    const body = JSON.stringify({ actor: 'on-call', reason: 'MLflow is being moved' });
    const held = await on.post('/admin/breakers/mlflow/open', json, body);
    expect(held.body).toMatchObject({
      before: { state: 'closed' },
      after: { state: 'open', held_open: true, opening_cause: 'MLflow is being moved', retry_after_ms: null },
    });
    const reset = await on.post('/admin/breakers/mlflow/reset', operator);
    expect(reset.body).toMatchObject({
      before: { state: 'open' },
      after: { state: 'closed', held_open: false },
    });
    const audit = on.log.entries().filter(({ audit: is }) => is);
    expect(audit).toMatchObject([
      {
        level: 'info',
        msg: 'operator action',
        action: 'hold open',
        target: 'breaker mlflow',
        actor: 'on-call',
        reason: 'MLflow is being moved',
        address: '127.0.0.1',
        how: 'hand',
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        before: { state: 'closed' },
        after: { state: 'open' },
      },
      { action: 'reset', actor: 'operator', before: { state: 'open' }, after: { state: 'closed' } },
    ]);
    expect(on.log.text()).not.toContain('operators-token');
  });

  it('that nobody knows are said to be unknown, with those that there are', async () => {
    const answer = await (await start()).post('/admin/breakers/webhook/reset', operator);
    expect([answer.status, answer.body.detail]).toEqual([
      404,
      'no circuit breaker has that name; there are postgres, mlflow, auth',
    ]);
  });

  it('stay open for good while they are held', async () => {
    const on = await start({ ADMIN_TOKEN: 'operators-token', AUTH_CB_RECOVERY_TIMEOUT: '1' });
    await on.post('/admin/breakers/auth/open', operator);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(on.breakers.get('auth')?.admit()).toMatchObject({ admitted: false });
  });
});

describe('the pool', () => {
  it('is replaced, and what it was and is comes back', async () => {
    const on = await start();
    const answer = await on.post('/admin/pools/reset', operator);
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        before: { postgres: expect.objectContaining({ replaced: 0 }) },
        after: { postgres: expect.objectContaining({ replaced: 1 }) },
      },
    ]);
  });
});

describe('a request that makes no sense', () => {
  const bad: [what: string, body: string, headers: Record<string, string>, status: number, says: RegExp][] = [
    ['malformed JSON', '{"reason":', json, 400, /JSON/],
    ['a wrong type', '{"reason":7}', json, 422, /reason must be string/],
    ['an empty text', '{"actor":""}', json, 422, /actor must NOT have fewer than 1 char/],
    ['a text that is too long', JSON.stringify({ reason: 'x'.repeat(301) }), json, 422, /more than 300/],
    ['an unknown name', '{"reasons":"x"}', json, 422, /additional properties/],
    ['a list', '[]', json, 422, /must be object/],
    [
      'another content type',
      'reason=x',
      { ...operator, 'content-type': 'text/csv' },
      415,
      /Unsupported Media Type/,
    ],
    ['a body that is too large', JSON.stringify({ reason: 'x'.repeat(1_100_000) }), json, 413, /too large/],
    ['a poisoned object', '{"__proto__":{"actor":"x"}}', json, 400, /JSON/],
  ];

  it.each(bad)('%s is refused, and nothing changes', async (_what, body, headers, status, says) => {
    const on = await start();
    const answer = await on.post('/admin/breakers/auth/open', headers, body);
    expect([answer.status, answer.body]).toEqual([
      status,
      { detail: expect.stringMatching(says), trace_id: expect.any(String) },
    ]);
    expect(on.breakers.get('auth')?.status()).toMatchObject({ state: 'closed', transitions: 0 });
  });

  it('is refused for its token before its body is read', async () => {
    const on = await start();
    const answer = await on.post(
      '/admin/breakers/auth/open',
      { 'content-type': 'application/json' },
      '{"reason":',
    );
    expect(answer.status).toBe(401);
  });
});
