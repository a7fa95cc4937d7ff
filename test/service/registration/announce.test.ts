import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { anEvent, type Registering, startRegistering } from './registration-fixture.ts';

let at: Registering;
beforeAll(async () => {
  at = await startRegistering();
});
afterAll(() => at?.dispose());

const events = (name: string) =>
  at.sql('SELECT * FROM breakwater_outbox WHERE ordering_key = $1 ORDER BY id', [name]);
const models = (name: string) => at.sql('SELECT * FROM breakwater_models WHERE model_name = $1', [name]);

describe('a tokenized registration', () => {
  it('is answered as clients know it, and written with its event', async () => {
    const { status, body, headers } = await at.announce(anEvent('churn'));
    expect([status, body]).toEqual([
      200,
      { status: 'ok', model_id: 'churn/3/HOK-1', model_name: 'churn', version: '3', event_emitted: true },
    ]);
    expect(headers.get('idempotency-replayed')).toBeNull();
    expect(await models('churn')).toMatchObject([
      { version: '3', token_id: 'HOK-1', baseline_value: 0.8, current_value: 0.85, registered_by: 'u-2' },
    ]);
    const [event, ...others] = await events('churn');
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      message_type: 'model_ready_to_deploy',
      headers: { trace_id: expect.any(String) },
    });
    expect(event?.payload).toEqual({
      model_id: 'churn/3/HOK-1',
      token_symbol: 'hok-1',
      metric_name: 'accuracy',
      baseline_value: 0.8,
      current_value: 0.85,
      improvement_percentage: 6.25,
      model_name: 'churn',
      model_version: '3',
      status: 'registered',
      mlflow_run_id: 'run-1',
      proposal_identifier: 'proposal-7',
      tags: { team: 'a' },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/),
      message_version: '1.0',
    });
  });

  it('is served at its other mount too', async () => {
    const { status } = await at.api.post(
      '/models/tokenized-registration-events',
      { authorization: 'Bearer hk_writer', 'content-type': 'application/json' },
      JSON.stringify(anEvent('other mount')),
    );
    expect(status).toBe(200);
  });

  it('needs no MLflow when it says its value, and is not lost while MLflow is away', async () => {
    at.registry.server.answer = (request) => request.socket.destroy();
    const before = at.registry.server.begun;
    expect((await at.announce(anEvent('without mlflow'))).status).toBe(200);
    expect(at.registry.server.begun).toBe(before);
    expect(await events('without mlflow')).toHaveLength(1);
  });

  it('leaves what is not known aside', async () => {
    expect((await at.announce(anEvent('more', { something: 'else' }))).status).toBe(200);
    expect((await events('more'))[0]?.payload).not.toHaveProperty('something');
  });

  it.each([
    ['model_name', undefined],
    ['version', undefined],
    ['token_id', undefined],
    ['metric_name', undefined],
    ['mlflow_run_id', undefined],
    ['baseline_value', undefined],
    ['model_name', ''],
    ['model_name', ' '],
    ['token_id', 'has space'],
    ['token_id', 'x'.repeat(65)],
    ['baseline_value', '0.8'],
    ['current_value', null],
    ['contributor_address', '0x12'],
    ['tags', { team: 1 }],
    ['benchmark_spec_id', 'x'.repeat(501)],
  ])('with a wrong %s is refused by the name of the field: %j', async (field, value) => {
    const { status, body } = await at.announce(anEvent('wrong', { [field]: value }));
    expect(status).toBe(422);
    expect(body.detail).toContain(field);
    expect(await events('wrong')).toEqual([]);
  });

  it('that is no improvement is refused, and nothing is written', async () => {
    const { status, body } = await at.announce(anEvent('worse', { current_value: 0.7 }));
    expect([status, body.detail]).toEqual([422, expect.stringMatching(/current_value is 0\.7.*0\.8/)]);
    expect(await models('worse')).toEqual([]);
  });

  it('with a baseline of zero has no percentage', async () => {
    await at.announce(anEvent('zero', { baseline_value: 0, current_value: 0 }));
    expect((await events('zero'))[0]?.payload).not.toHaveProperty('improvement_percentage');
  });

  it('is for those who may write', async () => {
    const as = (key: string) => at.announce(anEvent('forbidden'), { authorization: `Bearer ${key}` });
    expect(await as('hk_reader')).toMatchObject({
      status: 403,
      body: {
        detail: 'Insufficient permissions for model registration events',
        error: 'FORBIDDEN',
        current_scopes: ['read'],
        required_scope: expect.arrayContaining(['model:write', 'write']),
      },
    });
    expect(await as('hk_poor')).toMatchObject({ status: 402, body: { detail: 'Insufficient balance' } });
    expect((await as('hk_nobody')).status).toBe(401);
    expect(await events('forbidden')).toEqual([]);
  });

  it.each([
    ['{"model_name":', 400],
    ['[]', 422],
    ['"text"', 422],
    ['{"baseline_value":NaN}', 400],
  ])('that is no JSON object is refused: %s', async (text, expected) => {
    const { status } = await at.api.post(
      '/api/models/tokenized-registration-events',
      { authorization: 'Bearer hk_writer', 'content-type': 'application/json' },
      text,
    );
    expect(status).toBe(expected);
  });
});

describe('the same request', () => {
  it('twice is one registration, with a key and without', async () => {
    for (const headers of [{}, { 'idempotency-key': 'abc-1' }, { 'idempotency-key': '"abc-2"' }] as Record<
      string,
      string
    >[]) {
      const name = `twice ${headers['idempotency-key'] ?? ''}`;
      const first = await at.announce(anEvent(name), headers);
      const second = await at.announce(anEvent(name), headers);
      expect([second.status, second.body]).toEqual([200, first.body]);
      expect(second.headers.get('idempotency-replayed')).toBe('true');
      expect(await events(name)).toHaveLength(1);
    }
  });

  it('with its fields in another order is the same', async () => {
    const event = anEvent('order');
    await at.announce(event);
    const turned = Object.fromEntries(Object.entries(event).reverse());
    expect((await at.announce(turned)).headers.get('idempotency-replayed')).toBe('true');
  });

  it('twenty times at once is one registration', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => at.announce(anEvent('at once'), { 'idempotency-key': 'at-once' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await events('at once')).toHaveLength(1);
  });

  it('with another content under its key is refused', async () => {
    const headers = { 'idempotency-key': 'reused' };
    await at.announce(anEvent('reused'), headers);
    const { status, body } = await at.announce(anEvent('reused', { current_value: 0.9 }), headers);
    expect([status, body.detail]).toEqual([422, expect.stringContaining('Idempotency-Key')]);
    expect(await events('reused')).toHaveLength(1);
  });

  it('of somebody else is another registration', async () => {
    const headers = { 'idempotency-key': 'shared' };
    await at.announce(anEvent('shared'), headers);
    const other = await at.announce(anEvent('shared'), { ...headers, authorization: 'Bearer hk_admin' });
    expect(other.headers.get('idempotency-replayed')).toBeNull();
    expect(await events('shared')).toHaveLength(2);
    expect(await models('shared')).toHaveLength(1);
  });

  it('cannot have a key that is no key', async () => {
    for (const key of ['', ' ', 'a b', 'x'.repeat(256)])
      expect((await at.announce(anEvent('no key'), { 'idempotency-key': key })).status).toBe(400);
  });

  it('is found again when the answer to its COMMIT was lost', async () => {
    const cutAfter = at.around.postgres;
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const answer = at.announce(anEvent(`lost ${index}`));
        setTimeout(() => cutAfter.cut(), index * 3);
        return answer;
      }),
    );
    for (const [index, { status }] of answers.entries()) {
      const final = status === 200 ? status : (await at.announce(anEvent(`lost ${index}`))).status;
      expect(final).toBe(200);
      expect(await events(`lost ${index}`)).toHaveLength(1);
      expect(await models(`lost ${index}`)).toHaveLength(1);
    }
  });
});

describe('while PostgreSQL is away', () => {
  it('a registration is refused with 503 and when to come back', async () => {
    at.around.postgres.silent = true;
    at.around.postgres.cut();
    try {
      const { status, headers } = await at.announce(anEvent('away'));
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      at.around.postgres.silent = false;
      at.around.postgres.cut();
    }
  });
});

describe('while somebody holds a lock on the table', () => {
  it('a registration is refused with 503 and when to come back, and PostgreSQL still counts as healthy', async () => {
    const { host, port, superuser } = at.around.server;
    const holder = new pg.Client({
      ...{ host, port, user: superuser.name, password: superuser.password, database: 'app' },
    });
    await holder.connect();
    // The circuit breaker of the outage before may still be open.
    await at.api.until('/health', ({ body }) => body.services.postgres === 'healthy');
    while ((await at.announce(anEvent('before the lock'))).status === 503)
      await new Promise((resolve) => setTimeout(resolve, 500));
    try {
      await holder.query('BEGIN; LOCK TABLE breakwater_registrations IN ACCESS EXCLUSIVE MODE');
      const { status, body, headers } = await at.announce(anEvent('locked'));
      expect([status, body.detail]).toEqual([503, expect.stringContaining('QUERY_TIMEOUT')]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      await at.api.until('/health', ({ body }) => body.services.postgres === 'healthy');
    } finally {
      await holder.end();
    }
    expect((await at.announce(anEvent('locked'))).status).toBe(200);
    expect(await events('locked')).toHaveLength(1);
  }, 90_000);
});
