/** What the document says of each health path. */
import {
  amount,
  apiVersion,
  closed,
  count,
  errorResponse,
  exactly,
  jsonResponse,
  moreForOperators,
  narrowed,
  oneOf,
  operation,
  ref,
  time,
} from '../openapi/index.ts';

const tags = ['health'] as const;
const at = '2026-01-02T03:04:05.678Z';

const wrongToken = errorResponse(401, 'The operator token is wrong. Without one the answer is for anyone.');
/** One of these shapes, with one of these for its status. */
const overall = (values: readonly string[], schemas: readonly string[]) => ({
  allOf: [{ anyOf: schemas.map(ref) }, { type: 'object', properties: { status: oneOf(values) } }],
});
const details = ['HealthDetails', 'OperatorHealthDetails'];
const served = ['healthy', 'degraded'];

const commitTime = { anyOf: [time('Of the commit, in its own time zone.'), exactly('unknown')] };

export const operations = {
  live: operation({
    operationId: 'isAlive',
    summary: 'Whether the process is alive',
    description: 'Looks at nothing. For the health check of the container.',
    tags,
    responses: jsonResponse(
      200,
      'The event loop turns.',
      closed({
        alive: exactly(true),
        uptime: count('Seconds.'),
        memory_usage_mb: amount('Resident memory, MiB.'),
      }),
      { alive: true, uptime: 86_400, memory_usage_mb: 112.4 },
    ),
  }),
  loadBalancer: operation({
    operationId: 'isServing',
    summary: 'Whether the load balancer may send requests here',
    description:
      'Looks at this process only: a shared dependency must not take every task out of the load balancer.',
    tags,
    responses: {
      ...jsonResponse(
        200,
        'It has started and is not about to stop.',
        closed({ status: exactly('healthy'), timestamp: time() }),
        { status: 'healthy', timestamp: at },
      ),
      ...jsonResponse(
        503,
        'It is starting, or draining.',
        closed({ status: oneOf(['starting', 'draining']), timestamp: time() }),
        { status: 'draining', timestamp: at },
      ),
    },
  }),
  health: operation({
    operationId: 'getHealth',
    summary: 'What works and what is lost',
    tags,
    security: moreForOperators,
    querystring: {
      type: 'object',
      properties: {
        detailed: {
          type: 'string',
          enum: ['true', 'false', '1', '0', ''],
          description: 'With `true` or `1` the answer is that of /health/detailed.',
        },
      },
    },
    responses: {
      ...jsonResponse(
        200,
        'It serves, perhaps not everything.',
        overall(served, ['HealthSummary', ...details]),
        {
          status: 'degraded',
          version: '0.1.0',
          timestamp: at,
          services: {
            api: 'healthy',
            postgres: 'healthy',
            redis: 'disabled',
            mlflow: 'unhealthy',
            auth: 'healthy',
          },
          degraded: [
            { service: 'mlflow', status: 'unhealthy', cause: 'RESPONSE_TIMEOUT', lost: ['the MLflow proxy'] },
          ],
          system_info: null,
        },
      ),
      ...errorResponse(401, 'Details were asked for, and the operator token is wrong.'),
      ...errorResponse(422, 'detailed has another value.'),
      ...jsonResponse(503, 'PostgreSQL is down.', overall(['unhealthy'], ['HealthSummary', ...details])),
    },
  }),
  detailed: operation({
    operationId: 'getHealthDetails',
    summary: 'Causes, latencies and breakers of every dependency',
    description: 'With the operator token also addresses, evidence and the migrations.',
    tags,
    security: moreForOperators,
    responses: {
      ...jsonResponse(200, 'It serves, perhaps not everything.', overall(served, details)),
      ...wrongToken,
      ...jsonResponse(503, 'PostgreSQL is down.', overall(['unhealthy'], details)),
    },
  }),
  history: operation({
    operationId: 'getHealthHistory',
    summary: 'What the checks came to, and the transitions of the breakers',
    tags,
    security: moreForOperators,
    responses: {
      ...jsonResponse(200, 'All that is kept.', { anyOf: [ref('History'), ref('OperatorHistory')] }),
      ...wrongToken,
    },
  }),
  ready: operation({
    operationId: 'isReady',
    summary: 'Whether requests can be served',
    description: 'PostgreSQL, the start-up, draining and the migrations decide.',
    tags,
    responses: {
      ...jsonResponse(
        200,
        'It can serve, perhaps without something that is not critical.',
        narrowed('Readiness', { can_serve_traffic: exactly(true) }),
        {
          ready: false,
          can_serve_traffic: true,
          degraded_mode: true,
          checks: [
            { name: 'lifecycle', passed: true, critical: true },
            { name: 'database', passed: true, critical: true },
            {
              name: 'mlflow',
              passed: false,
              critical: false,
              degraded_mode: true,
              reason: 'the last checks failed',
              cause: 'RESPONSE_TIMEOUT',
            },
            { name: 'auth', passed: true, critical: false },
            { name: 'migrations', passed: true, critical: true },
          ],
        },
      ),
      ...jsonResponse(
        503,
        'It cannot serve.',
        narrowed('Readiness', { ready: exactly(false), can_serve_traffic: exactly(false) }),
      ),
    },
  }),
  version: operation({
    operationId: 'getVersion',
    summary: 'Version, commit and its time',
    tags,
    responses: jsonResponse(
      200,
      'Baked into the image.',
      closed({
        version: { type: 'string', description: 'Of the program.' },
        build_date: commitTime,
        git_commit: ref('Commit'),
        commit_time: commitTime,
        api_version: exactly(apiVersion),
      }),
      {
        version: '0.1.0',
        build_date: '2026-01-02T03:04:05+00:00',
        git_commit: '0123456789abcdef0123456789abcdef01234567',
        commit_time: '2026-01-02T03:04:05+00:00',
        api_version: apiVersion,
      },
    ),
  }),
};
