import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Breaker, CircuitOpenError, defaultBreakerPolicy } from '../../../core/resilience/index.ts';
import { completeOpen } from '../../../service/registration/completion.ts';
import { mlflowRegistry } from '../../../service/registration/index.ts';
import { settle } from '../../../service/registration/settle.ts';
import { Upstream } from '../../../service/upstream/index.ts';
import { captureLog } from '../settings.ts';
import { type Registering, startRegistering } from './registration-fixture.ts';

let at: Registering;
beforeAll(async () => {
  at = await startRegistering();
});
afterAll(() => at?.dispose());
afterEach(() => {
  at.registry.onCreate = undefined;
  at.api.breakers.get('mlflow')?.reset('test', 'end of the test');
});

const models = (name: string) => at.sql('SELECT * FROM breakwater_models WHERE model_name = $1', [name]);
const events = (name: string) => at.sql('SELECT * FROM breakwater_outbox WHERE ordering_key = $1', [name]);
const open = (name: string) =>
  at.sql<{ answer: object | null }>(
    "SELECT answer FROM breakwater_registrations WHERE request->>'model_name' = $1",
    [name],
  );
const versions = (name: string) => at.registry.versions.filter((one) => one.name === name);

const aModel = (name: string, more: object = {}) => ({
  model_name: name,
  model_type: 'classification',
  model_uri: 's3://bucket/model',
  metadata: { team: 'a', size: 3 },
  ...more,
});

const aToken = { token_id: 'TOK', metric_name: 'auc', mlflow_run_id: 'run-9', baseline_value: 0.5 };

/** What is left open may be completed now. */
const expire = (name: string) =>
  at.sql(
    "UPDATE breakwater_registrations SET claimed_until = now() - interval '1 second' WHERE request->>'model_name' = $1 AND answer IS NULL",
    [name],
  );

/** Completes what is open, as the service does in the background. */
const completeNow = async () => {
  const url = new URL(at.registry.server.url);
  const target = {
    url,
    host: url.hostname,
    port: Number(url.port),
    tls: false,
    prefix: '',
    timeoutMs: 1_000,
  };
  const upstream = new Upstream(
    'mlflow',
    target,
    new Breaker({ name: 'mlflow', policy: defaultBreakerPolicy }),
    {
      connectMs: 1_000,
      dnsMs: 1_000,
      responseMs: 1_000,
      most: 10,
    },
  );
  const log = captureLog();
  const write = (fields: object, message: string) => log.write(`${JSON.stringify({ ...fields, message })}\n`);
  const all = { debug: write, info: write, warn: write, error: write };
  const taken = await completeOpen({
    database: at.api.database,
    mlflow: mlflowRegistry(upstream, {}),
    route: 'register',
    log: all,
  });
  await upstream.close(100);
  return taken;
};

describe('a registration', () => {
  it('makes the version in MLflow and the record here', async () => {
    const { status, body } = await at.register(aModel('fresh'));
    expect([status, body]).toEqual([
      201,
      {
        model_id: 'fresh/1',
        model_name: 'fresh',
        version: '1',
        status: 'registered',
        registration_timestamp: expect.any(String),
        event_emitted: false,
      },
    ]);
    expect(versions('fresh')).toMatchObject([
      {
        source: 's3://bucket/model',
        tags: {
          team: 'a',
          size: '3',
          model_type: 'classification',
          'breakwater.registration': expect.any(String),
        },
      },
    ]);
    expect(await models('fresh')).toMatchObject([
      { version: '1', model_type: 'classification', model_uri: 's3://bucket/model', registered_by: 'u-2' },
    ]);
    expect(await events('fresh')).toEqual([]);
  });

  it('of a known name makes its next version', async () => {
    await at.register(aModel('known', { model_uri: 's3://a' }));
    expect((await at.register(aModel('known', { model_uri: 's3://b' }))).body.version).toBe('2');
  });

  it('with a token writes its event in the same transaction', async () => {
    at.registry.runs['run-9'] = { auc: 0.75 };
    const { status, body } = await at.register(aModel('tokenized', aToken));
    expect([status, body.event_emitted, body.model_id]).toEqual([201, true, 'tokenized/1/TOK']);
    expect((await events('tokenized'))[0]?.payload).toMatchObject({
      current_value: 0.75,
      improvement_percentage: 50,
      model_version: '1',
    });
  });

  it('records a version that MLflow has, and makes none', async () => {
    at.registry.versions.push({ name: 'existing', version: '7', tags: {}, source: '' });
    const { status, body } = await at.register({ model_name: 'existing', version: '7' });
    expect([status, body.version]).toEqual([201, '7']);
    expect(versions('existing')).toHaveLength(1);
    expect(await at.register({ model_name: 'existing', version: '8' })).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('no version 8 of existing') },
    });
  });

  it.each([
    [{ model_uri: undefined }, 'model_uri'],
    [{ model_name: "o'brien" }, 'model_name'],
    [{ model_name: 'a/b' }, 'model_name'],
    [{ model_name: 'a\\' }, 'model_name'],
    [{ model_name: '' }, 'model_name'],
    [{ version: 'latest' }, 'version'],
    [{ token_id: 'T' }, 'metric_name and mlflow_run_id and baseline_value'],
    [
      { token_id: 'T', metric_name: 'm', mlflow_run_id: 'unknown', baseline_value: 1 },
      'no run unknown with the metric m',
    ],
    [
      { token_id: 'T', metric_name: 'm', mlflow_run_id: 'r', baseline_value: 1, current_value: 0.5 },
      'current_value is 0.5',
    ],
  ])('that cannot be done is refused, and nothing is left of it: %j', async (wrong, named) => {
    const { status, body } = await at.register(aModel('refused', wrong));
    expect([status, body.detail]).toEqual([422, expect.stringContaining(named)]);
    expect(await models('refused')).toEqual([]);
    expect(versions('refused')).toEqual([]);
    expect(await open('refused')).toEqual([]);
  });

  it('that MLflow refuses is told in its words, and may be sent again', async () => {
    const { sendJson } = await import('../../fixtures/http-server.ts');
    const real = at.registry.server.answer;
    at.registry.server.answer = (request, response) =>
      request.url?.endsWith('model-versions/create')
        ? sendJson(response, 400, { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid source' })
        : real(request, response);
    const headers = { 'idempotency-key': 'refused-1' };
    expect(await at.register(aModel('told'), headers)).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('Invalid source') },
    });
    at.registry.server.answer = real;
    expect((await at.register(aModel('told'), headers)).status).toBe(201);
  });

  it('twice, or twenty times at once, is one', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await Promise.all(Array.from({ length: 20 }, () => at.register(aModel('once'), headers)));
    const statuses = first.map(({ status }) => status);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    const last = await at.register(aModel('once'), headers);
    expect(last.status).toBe(201);
    expect(last.headers.get('idempotency-replayed')).toBe('true');
    expect(versions('once')).toHaveLength(1);
    expect(await models('once')).toHaveLength(1);
  });
});

describe('while MLflow is away', () => {
  it('a registration is refused with when to come back, and nothing is kept', async () => {
    await at.restart({ MLFLOW_TRACKING_URI: 'http://127.0.0.1:9' });
    const headers = { 'idempotency-key': 'away' };
    for (let count = 0; count < 5; count++)
      expect((await at.register(aModel('away'), headers)).status).toBe(502);
    const refused = await at.register(aModel('away'), headers);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await open('away')).toEqual([]);
    await at.restart();
    expect((await at.register(aModel('away'), headers)).status).toBe(201);
    expect(versions('away')).toHaveLength(1);
  });
});

describe('a registration whose outcome at MLflow is not known', () => {
  it.each([['3\u0000'], [{}], [''], ['9'.repeat(11)]])(
    'because it gave no version back, but %j',
    async (version) => {
      const name = `no version ${String(version).length}`;
      at.registry.onCreate = (create) => {
        create();
        return { model_version: { name, version } };
      };
      expect(await at.register(aModel(name))).toMatchObject({
        status: 502,
        body: { detail: 'MLflow gave no version back' },
      });
      at.registry.onCreate = undefined;
      await expire(name);
      expect(await completeNow()).toBe(1);
      expect(await models(name)).toMatchObject([{ version: '1' }]);
    },
  );

  it.each([
    [
      'done and not answered',
      (create: () => object) => {
        create();
        return undefined;
      },
    ],
    ['not done', () => undefined],
  ] as [string, (create: () => object) => undefined][])(
    'is completed by its next attempt, once: %s',
    async (_what, onCreate) => {
      const name = `again ${_what}`;
      const headers = { 'idempotency-key': name.replaceAll(' ', '-') };
      at.registry.onCreate = onCreate;
      expect((await at.register(aModel(name), headers)).status).toBe(502);
      at.registry.onCreate = undefined;
      // MLflow may still be at work on the first attempt.
      const soon = await at.register(aModel(name), headers);
      expect([soon.status, soon.headers.get('retry-after')]).toEqual([409, '1']);
      await at.sql(
        "UPDATE breakwater_registrations SET claimed_until = now() - interval '1 second' WHERE request->>'model_name' = $1",
        [name],
      );
      const { status, body } = await at.register(aModel(name), headers);
      expect([status, body.version]).toEqual([201, '1']);
      expect(versions(name)).toHaveLength(1);
      expect(await models(name)).toHaveLength(1);
    },
  );

  it('is completed by the service itself, when nobody asks again', async () => {
    at.registry.onCreate = (create) => {
      create();
      return undefined;
    };
    expect((await at.register(aModel('by itself'))).status).toBe(502);
    at.registry.onCreate = undefined;
    expect(await models('by itself')).toEqual([]);
    await expire('by itself');
    expect(await completeNow()).toBe(1);
    expect(versions('by itself')).toHaveLength(1);
    expect(await models('by itself')).toMatchObject([{ version: '1', registered_by: 'u-2' }]);
    const replayed = await at.register(aModel('by itself'));
    expect([replayed.status, replayed.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(await completeNow()).toBe(0);
  });

  it('is completed once, when several tasks look at the same time', async () => {
    at.registry.onCreate = () => undefined;
    await at.register(aModel('several'));
    at.registry.onCreate = undefined;
    await expire('several');
    const taken = await Promise.all([1, 2, 3].map(() => completeNow()));
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(1);
    expect(versions('several')).toHaveLength(1);
  });

  it('that MLflow refuses for good is forgotten', async () => {
    at.registry.onCreate = () => undefined;
    await at.register(aModel('for good', { metadata: {} }));
    const real = at.registry.server.answer;
    const { sendJson } = await import('../../fixtures/http-server.ts');
    at.registry.server.answer = (request, response) =>
      request.url?.endsWith('model-versions/create')
        ? sendJson(response, 400, { error_code: 'INVALID_PARAMETER_VALUE', message: 'no' })
        : real(request, response);
    await expire('for good');
    await completeNow();
    at.registry.server.answer = real;
    expect(await open('for good')).toEqual([]);
  });
});

describe('a service that is killed', () => {
  it('between MLflow and the record has its registration completed by the next one', async () => {
    // The process never gets to the record: PostgreSQL is cut off in that moment, and then the service ends.
    at.registry.onCreate = (create) => {
      const made = create();
      at.around.postgres.silent = true;
      at.around.postgres.cut();
      return made;
    };
    const answered = at.register(aModel('killed')).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    at.around.postgres.silent = false;
    at.around.postgres.cut();
    await answered;
    at.registry.onCreate = undefined;
    if ((await models('killed')).length === 0) {
      await expire('killed');
      await completeNow();
    }
    expect(versions('killed')).toHaveLength(1);
    expect(await models('killed')).toHaveLength(1);
  });
});

describe('a registration that was left open and can never be completed', () => {
  /** As an older version of this service has noted it. */
  const leaveOpen = async (name: string, more: object) => {
    const request = aModel(name, { ...aToken, ...more });
    await at.sql(
      `INSERT INTO breakwater_registrations (owner, idempotency_key, route, request_hash, request, claimed_until)
       VALUES ('u-2', $1, 'register', '', $2, now() - interval '1 second')`,
      [name, JSON.stringify(request)],
    );
  };

  it('is forgotten, and MLflow is not asked for another version', async () => {
    await leaveOpen('too long', { current_value: 0.9, api_schema: { text: 'x'.repeat(250_000) } });
    const before = at.registry.server.begun;
    expect(await completeNow()).toBe(1);
    expect(at.registry.server.begun).toBe(before);
    expect(await open('too long')).toEqual([]);
    expect(await completeNow()).toBe(0);
  });

  it('but only could not say its percentage, is completed', async () => {
    await leaveOpen('subnormal', { current_value: 0.9, baseline_value: 1e-320 });
    expect(await completeNow()).toBe(1);
    expect(await models('subnormal')).toMatchObject([{ baseline_value: 1e-320 }]);
    expect(await events('subnormal')).toHaveLength(1);
  });

  it.each([
    ['a value', 'SELECT $1::text', '\u0000'],
    ['so much', 'SELECT $1::jsonb', '['.repeat(100_000)],
  ])(
    'because PostgreSQL refuses %s, is forgotten too, and PostgreSQL counts as well',
    async (what, ask, value) => {
      await leaveOpen(what, {});
      const [row] = await at.sql<{ registration_id: string }>(
        "SELECT registration_id FROM breakwater_registrations WHERE request->>'model_name' = $1",
        [what],
      );
      const error = await at.api.database.query(ask, [value]).catch((thrown) => thrown);
      expect(await settle(at.api.database, row?.registration_id ?? '', 'resumed', error)).toBe('forgotten');
      expect(await open(what)).toEqual([]);
      expect(at.api.breakers.get('postgres')?.status().failures).toBe(0);
    },
  );
});

describe('between the version in MLflow and the record', () => {
  it('an open breaker of PostgreSQL leaves the registration to be completed', async () => {
    const [row] = await at.sql<{ registration_id: string }>(
      `INSERT INTO breakwater_registrations (owner, idempotency_key, route, request_hash, request, claimed_until)
       VALUES ('u-2', 'breaker', 'register', '', $1, now() + interval '1 minute') RETURNING registration_id`,
      [JSON.stringify(aModel('breaker'))],
    );
    const settled = (breaker: string) =>
      settle(
        at.api.database,
        row?.registration_id ?? '',
        'new',
        CircuitOpenError.create(breaker, 'CONNECTION_LOST', 1_000),
      );
    expect(await settled('postgres')).toBe('open');
    expect(await open('breaker')).toHaveLength(1);
    expect(await settled('mlflow')).toBe('forgotten');
    expect(await open('breaker')).toEqual([]);
  });

  it.each(['by itself', 'by its client'])(
    'a run that got worse changes nothing of what is announced: completed %s',
    async (by) => {
      const name = `worse ${by}`;
      at.registry.runs.worse = { auc: 0.9 };
      const model = aModel(name, { ...aToken, mlflow_run_id: 'worse' });
      at.registry.onCreate = (create) => {
        create();
        return undefined;
      };
      expect((await at.register(model)).status).toBe(502);
      at.registry.onCreate = undefined;
      at.registry.runs.worse = { auc: 0.1 };
      await expire(name);
      if (by === 'by itself') expect(await completeNow()).toBe(1);
      expect((await at.register(model)).status).toBe(201);
      expect(versions(name)).toHaveLength(1);
      expect((await events(name))[0]?.payload).toMatchObject({ current_value: 0.9, model_version: '1' });
    },
  );
});
