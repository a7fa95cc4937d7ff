/** Everything that could not be written after MLflow has accepted a model is refused before it is asked. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { anEvent, type Registering, startRegistering, writer } from './registration-fixture.ts';

let at: Registering;
let asked: number;
beforeAll(async () => {
  at = await startRegistering();
  asked = at.registry.server.begun;
});
afterAll(() => at?.dispose());
afterEach(() => {
  // A refusal is the client's, and no sign that PostgreSQL is not well.
  expect(at.api.breakers.get('postgres')?.status().failures).toBe(0);
});

const paths = { register: '/api/models/register', announce: '/api/models/tokenized-registration-events' };
type Route = keyof typeof paths;

/** As text, because JSON.stringify has no words for much of what a client may send. */
const send = (route: Route, body: string) => at.api.post(paths[route], writer, body);

/** A whole body whose field has this text for a value; MLflow would be asked for the value of the run. */
const bodyWith = (field: string, text: string, more: object = {}): string => {
  const { current_value: _, ...event } = anEvent('judged', { version: undefined, ...more });
  const whole = { ...event, model_uri: 's3://bucket/model', [field]: 'here' };
  return JSON.stringify(whole).replace('"here"', () => text);
};
const versionFor = (route: Route) => (route === 'announce' ? { version: '3' } : {});

const traces = async () => {
  const [row] = await at.sql<{ count: number }>(
    `SELECT ((SELECT count(*) FROM breakwater_registrations) + (SELECT count(*) FROM breakwater_models)
      + (SELECT count(*) FROM breakwater_outbox))::int AS count`,
  );
  return row?.count;
};

const nested = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
const long = (bytes: number): string => JSON.stringify({ text: 'x'.repeat(bytes) });

const texts = ['model_name', 'proposal_identifier', 'metric_name', 'mlflow_run_id', 'model_uri'];
const moreTexts = ['experiment_name', 'scorer_ref', 'primary_metric', 'benchmark_spec_id', 'token_id'];
const onlyRegister = ['model_type', 'description'];
const objects = ['tags', 'api_schema'];
const anything = ['eval_spec'];
const onlyRegisterObjects = ['model_data', 'metadata'];

const everywhere = (fields: readonly string[], values: readonly string[]): [string, string][] =>
  fields.flatMap((field) => values.map((value): [string, string] => [field, value]));

const unkeepable = ['"a\\u0000b"', '"\\ud83d"', '"a\\udc00"'];
const inObjects = unkeepable.flatMap((text) => [`{"name":${text}}`, `{${text}:"text"}`]);
const shared: [string, string][] = [
  ...everywhere([...texts, ...moreTexts, ...anything], unkeepable),
  ...everywhere([...objects, ...anything], inObjects),
  ...everywhere(['baseline_value', 'current_value'], ['1e400', '-1e400']),
  ['eval_spec', '[{"most":1e400}]'],
  ['api_schema', '{"properties":{"a":{"default":-1e400}}}'],
  ['eval_spec', nested(101)],
  ['eval_spec', nested(6_000)],
  ['api_schema', `{"a":${nested(6_000)}}`],
  ['eval_spec', nested(200_000)],
  ['api_schema', long(250_000)],
  ['eval_spec', long(200_000)],
  ['eval_spec', JSON.stringify('鍵'.repeat(70_000))],
  ['tags', JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`t${n}`, n])))],
];
const scenarios: [Route, string, string][] = [
  ...shared.map(([field, text]): [Route, string, string] => ['announce', field, text]),
  ...everywhere(['version'], unkeepable).map(([field, text]): [Route, string, string] => [
    'announce',
    field,
    text,
  ]),
  ...[
    ...shared,
    ...everywhere(onlyRegister, unkeepable),
    ...everywhere(onlyRegisterObjects, inObjects),
    ['metadata', '{"size":1e400}'],
    ['model_data', nested(6_000).replace(/^\[(.*)\]$/, '{"a":$1}')],
    ['model_name', '"a\\\\"'],
  ].map(([field = '', text = '']): [Route, string, string] => ['register', field, text]),
];

describe('a body that could not be kept is refused by the name of its field, and MLflow is not asked', () => {
  it.each(scenarios.map(([route, field, text]) => [route, field, text.slice(0, 40), text] as const))(
    '%s: %s %s',
    async (route, field, _shown, text) => {
      const { status, body } = await send(route, bodyWith(field, text, versionFor(route)));
      expect([status, body.detail]).toEqual([422, expect.stringContaining(field)]);
      expect(body.detail.length).toBeLessThan(2_000);
      expect(at.registry.server.begun).toBe(asked);
      expect(await traces()).toBe(0);
    },
  );

  it.each(Object.keys(paths) as Route[])('%s: a field that is not known may say anything', async (route) => {
    for (const text of ['"a\\u0000"', '1e400', '"\\ud83d"']) {
      const more = { ...versionFor(route), current_value: 0.9, model_name: `aside ${text.length}` };
      const whole = JSON.stringify({ ...JSON.parse(bodyWith('more', '1', more)), current_value: 0.9 });
      const { status } = await send(
        route,
        whole.replace('"more":1', () => `"more":${text}`),
      );
      expect(status).toBe(route === 'announce' ? 200 : 201);
    }
    asked = at.registry.server.begun;
    await at.sql('TRUNCATE breakwater_registrations, breakwater_models, breakwater_outbox');
  });

  it.each(Object.keys(paths) as Route[])('%s: but for how deep it is nested', async (route) => {
    const { status, body } = await send(route, bodyWith('more', nested(200_000), versionFor(route)));
    expect([status, body.detail]).toEqual([422, expect.stringContaining('nested deeper than 100')]);
  });

  it.each(Object.keys(paths) as Route[])('%s: a prototype is refused by its name', async (route) => {
    for (const text of [
      '{"__proto__":{"a":"b"}}',
      '{"constructor":{"prototype":{}}}',
      '{"\\u005f_proto__":1}',
    ]) {
      const { status, body } = await send(route, bodyWith('eval_spec', text, versionFor(route)));
      expect([status, body.detail]).toEqual([400, expect.stringMatching(/__proto__.*prototype.*send/)]);
    }
    expect(await traces()).toBe(0);
  });
});

describe('what is hard to write and can be written, is', () => {
  const event = (name: string) =>
    at.sql<{ payload: Record<string, unknown> }>(
      "SELECT payload FROM breakwater_outbox WHERE payload->>'model_name' = $1",
      [name],
    );
  const hardest = {
    proposal_identifier: '\\u0000 \\ud83d "\\ 😀',
    eval_spec: { toString: 'a', constructor: ['b'], '': null, deep: JSON.parse(nested(98)) },
    tags: { '😀': '', hasOwnProperty: 'c' },
    api_schema: { numbers: [5e-324, 1.7976931348623157e308, 0] },
  };

  it.each(Object.keys(paths) as Route[])('%s: numbers without a percentage between them', async (route) => {
    for (const [index, [baseline, current]] of [
      [1e-320, 0.85],
      [5e-324, 1.7976931348623157e308],
      [-1.7976931348623157e308, 1.7976931348623157e308],
    ].entries()) {
      const name = `number ${route} ${index}`;
      const body = anEvent(name, { baseline_value: baseline, current_value: current, ...hardest });
      const whole = route === 'announce' ? body : { ...body, version: undefined, model_uri: 's3://a' };
      const { status } = await send(route, JSON.stringify(whole));
      expect(status).toBe(route === 'announce' ? 200 : 201);
      const [written, ...more] = await event(name);
      expect(more).toEqual([]);
      expect(written?.payload).toMatchObject({
        baseline_value: baseline,
        current_value: current,
        ...hardest,
      });
      expect(written?.payload).not.toHaveProperty('improvement_percentage');
    }
  });

  it('a name of as many bytes as a name may have', async () => {
    const name = '😀'.repeat(256);
    expect((await at.announce(anEvent(name))).status).toBe(200);
    expect(await event(name)).toHaveLength(1);
  });

  it('an event of exactly as many bytes as it may have, and not of one more', async () => {
    const sizeOf = async (name: string, length: number) => {
      const body = anEvent(name, { eval_spec: 'x'.repeat(length) });
      const answer = await at.announce(body);
      const [written] = await event(name);
      return { answer, bytes: written && Buffer.byteLength(JSON.stringify(written.payload)) };
    };
    const { bytes = 0 } = await sizeOf('size0', 1);
    const room = 200_000 - bytes;
    expect((await sizeOf('size1', 1 + room)).bytes).toBe(200_000);
    const { answer } = await sizeOf('size2', 2 + room);
    expect([answer.status, answer.body.detail]).toEqual([422, expect.stringMatching(/^eval_spec has/)]);
    expect(await event('size2')).toEqual([]);
  });
});
