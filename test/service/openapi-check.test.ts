import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Check, createCheck, type Exchanged, serviceCheck } from './openapi-check.ts';

let check: Check;
beforeAll(async () => {
  check = await serviceCheck();
});

const json = 'application/json; charset=utf-8';
const trace = '0123456789abcdef0123456789abcdef';
const error = { detail: 'Not Found', trace_id: trace };
const operator = { authorization: 'Bearer token', 'content-type': 'application/json' };
const breaker = {
  name: 'mlflow',
  state: 'closed',
  held_open: false,
  failures: 0,
  successes: 0,
  successes_required: 2,
  failed_recoveries: 0,
  transitions: 0,
  retry_after_ms: 0,
  since: '2026-01-02T03:04:05.678Z',
  opening_cause: null,
};

const exchanged = (
  line: string,
  status: number,
  body: unknown,
  { sent = {}, headers = {} }: { sent?: Partial<Exchanged['sent']>; headers?: Record<string, string> } = {},
): Exchanged => {
  const [method = '', path = ''] = line.split(' ');
  return {
    method,
    path,
    sent: { headers: {}, ...sent },
    status,
    headers: new Headers({ 'content-type': json, ...headers }),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
};

const alive = { alive: true, uptime: 1, memory_usage_mb: 1.5 };
const open = 'POST /admin/breakers/mlflow/open';
const healthy = {
  status: 'healthy',
  version: '0.1.0',
  timestamp: '2026-01-02T03:04:05.678Z',
  services: { api: 'healthy', postgres: 'healthy', redis: 'disabled', mlflow: 'healthy', auth: 'healthy' },
  degraded: [],
  system_info: null,
};
const opened = { before: breaker, after: breaker };

describe('what was sent and received', () => {
  it.each([
    ['an answer as documented', exchanged('GET /live', 200, alive)],
    ['one of several', exchanged('GET /health', 200, healthy)],
    [
      'a query',
      exchanged('GET /ready?cache=1', 503, {
        ready: false,
        can_serve_traffic: false,
        degraded_mode: false,
        checks: [],
      }),
    ],
    [
      'a request with a body',
      exchanged(open, 200, opened, { sent: { headers: operator, body: '{"actor":"x"}' } }),
    ],
    ['a request without one', exchanged(open, 200, opened, { sent: { headers: operator } })],
    [
      'an error for a request that is not as documented',
      exchanged(open, 422, error, { sent: { headers: {}, body: '[' } }),
    ],
    ['a path that is not there', exchanged('GET /nothing', 404, error)],
    ['a method that is not there', exchanged('POST /live', 404, error)],
  ])('passes: %s', (_what, good) => {
    expect(() => check(good)).not.toThrow();
  });

  it.each<[what: string, wrong: Exchanged, says: RegExp]>([
    ['a status', exchanged('GET /live', 503, alive), /503 is not documented/],
    ['a value', exchanged('GET /live', 200, { ...alive, uptime: '1' }), /uptime must be integer/],
    ['one more property', exchanged('GET /live', 200, { ...alive, x: 1 }), /additional properties/],
    [
      'one less',
      exchanged('GET /live', 200, { alive: true, uptime: 1 }),
      /required property 'memory_usage_mb'/,
    ],
    [
      'a status that the body contradicts',
      exchanged('GET /ready', 200, {
        ready: false,
        can_serve_traffic: false,
        degraded_mode: false,
        checks: [],
      }),
      /can_serve_traffic must be equal to constant/,
    ],
    [
      'what only operators may see, without the rest of it',
      exchanged('GET /health', 200, { ...healthy, git_commit: 'unknown' }),
      /additional properties/,
    ],
    [
      'a content type',
      exchanged('GET /live', 200, 'x', { headers: { 'content-type': 'text/html' } }),
      /"text\/html" is not documented/,
    ],
    [
      'a parameter of it',
      exchanged('GET /metrics', 200, '# HELP x', { headers: { 'content-type': 'text/plain' } }),
      /"text\/plain" is not documented/,
    ],
    [
      'text',
      exchanged('GET /metrics', 200, 'x', {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }),
      /must match pattern/,
    ],
    ['a header that is missing', exchanged('GET /admin/breakers', 401, error), /www-authenticate is missing/],
    [
      'a header',
      exchanged('GET /admin/breakers', 503, error, { headers: { 'retry-after': '0' } }),
      /retry-after is not as documented: data must be >= 1/,
    ],
    ['the body of an error', exchanged('GET /nothing', 404, { detail: 'x' }), /trace_id/],
    ['a path', exchanged('GET /nothing', 200, {}), /answers 200 and is not documented/],
    [
      'a query that was accepted',
      exchanged('GET /health/detailed?detailed=banana', 200, {}),
      /is not as documented/,
    ],
    [
      'a body that was accepted',
      exchanged(open, 200, opened, { sent: { headers: operator, body: '{"actor":""}' } }),
      /fewer than 1 character/,
    ],
    [
      'its content type',
      exchanged(open, 200, opened, {
        sent: { headers: { ...operator, 'content-type': 'text/csv' }, body: 'x' },
      }),
      /"text\/csv" is not documented/,
    ],
    [
      'a body where none is documented',
      exchanged('GET /live', 200, alive, { sent: { body: '{}' } }),
      /no body is documented/,
    ],
    ['credentials', exchanged(open, 200, opened), /without any of the documented credentials/],
  ])('fails for %s', (_what, wrong, says) => {
    expect(() => check(wrong)).toThrow(says);
  });

  it('is not looked at where the test has said that the path is its own', () => {
    expect(() => check(exchanged('GET /jobs/7', 200, {}), /^\/jobs\//)).not.toThrow();
  });
});

describe('the parts of a document that this service has not yet', () => {
  const described = (operation: object, path = '/x/{name}') =>
    createCheck({
      openapi: '3.1.0',
      paths: { [path]: { get: { responses: { 200: { description: '' } }, ...operation } } },
      components: {
        schemas: {},
        securitySchemes: {
          key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          query: { type: 'apiKey', in: 'query', name: 'api_key' },
        },
      },
    });

  it('parameters of a query: required, and numbers although they are text', () => {
    const limit = { in: 'query', name: 'limit', required: true, schema: { type: 'integer', maximum: 9 } };
    const checked = described({ parameters: [limit] });
    expect(() => checked(exchanged('GET /x/a?limit=9', 200, ''))).not.toThrow();
    expect(() => checked(exchanged('GET /x/a?limit=10', 200, ''))).toThrow(/must be <= 9/);
    expect(() => checked(exchanged('GET /x/a', 200, ''))).toThrow(/limit is missing/);
  });

  it('one of several credentials', () => {
    const checked = described({ security: [{ key: [] }, { query: [] }] });
    expect(() => checked(exchanged('GET /x/a?api_key=k', 200, ''))).not.toThrow();
    expect(() =>
      checked(exchanged('GET /x/a', 200, '', { sent: { headers: { 'x-api-key': 'k' } } })),
    ).not.toThrow();
    expect(() => checked(exchanged('GET /x/a', 200, ''))).toThrow(/credentials/);
  });

  it('a name for one segment, and one for the rest of the path', () => {
    expect(() => described({})(exchanged('GET /x/a/b', 200, ''))).toThrow(/is not documented/);
    const rest = { in: 'path', name: 'name', required: true, schema: { type: 'string', 'x-slashes': true } };
    expect(() => described({ parameters: [rest] })(exchanged('GET /x/a/b', 200, ''))).not.toThrow();
  });

  it('no body at all', () => {
    expect(() => described({})(exchanged('GET /x/a', 200, '{}'))).toThrow(/has no body by the document/);
  });
});
