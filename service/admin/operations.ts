/** What the document says of the operator routes. */
import {
  bodyErrors,
  byOperators,
  closed,
  errorResponse,
  jsonResponse,
  listOf,
  operation,
  type Responses,
  ref,
  type Schema,
} from '../openapi/index.ts';

const tags = ['operators'] as const;

const refused: Responses = {
  ...errorResponse(401, 'The operator token is missing or wrong.'),
  ...errorResponse(404, 'The request came through the load balancer, or no operator token is configured.'),
  ...errorResponse(503, 'The operator token cannot be read now.'),
};
const refusedByName: Responses = {
  ...refused,
  ...errorResponse(
    404,
    'No breaker has that name; or the request came through the load balancer, or no operator token is configured.',
  ),
};

const text = (maxLength: number, description: string, example: string): Schema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  description,
  examples: [example],
});

/** The body may be left out. */
const body = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    actor: text(100, 'Who does it, in their own words; for the audit.', 'on-call'),
    reason: text(300, 'For the audit, and what the breaker says of itself.', 'MLflow is being moved'),
  },
};

const params = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', description: 'Of a dependency.', examples: ['mlflow'] } },
};

const beforeAndAfter = (schema: Schema): Schema => closed({ before: schema, after: schema });
const pools = closed({ postgres: ref('Pool') });

export const operations = {
  breakers: operation({
    operationId: 'listBreakers',
    summary: 'Every circuit breaker',
    tags,
    security: byOperators,
    responses: {
      ...jsonResponse(
        200,
        'One for each dependency that is used.',
        closed({ breakers: listOf(ref('NamedBreaker')) }),
      ),
      ...refused,
    },
  }),
  breaker: operation({
    operationId: 'getBreaker',
    summary: 'One circuit breaker',
    tags,
    security: byOperators,
    params,
    responses: {
      ...jsonResponse(200, 'State, counts and the cause of its opening.', ref('NamedBreaker'), {
        name: 'mlflow',
        state: 'open',
        held_open: false,
        failures: 5,
        successes: 0,
        successes_required: 2,
        failed_recoveries: 0,
        transitions: 1,
        retry_after_ms: 9_200,
        since: '2026-01-02T03:04:05.678Z',
        opening_cause: 'BAD_GATEWAY',
      }),
      ...refusedByName,
    },
  }),
  reset: operation({
    operationId: 'resetBreaker',
    summary: 'Close a circuit breaker and forget everything',
    tags,
    security: byOperators,
    params,
    body,
    responses: {
      ...jsonResponse(200, 'What it was and is.', beforeAndAfter(ref('NamedBreaker'))),
      ...bodyErrors,
      ...refusedByName,
    },
  }),
  holdOpen: operation({
    operationId: 'holdBreakerOpen',
    summary: 'Hold a circuit breaker open until it is reset',
    tags,
    security: byOperators,
    params,
    body,
    responses: {
      ...jsonResponse(200, 'What it was and is.', beforeAndAfter(ref('NamedBreaker'))),
      ...bodyErrors,
      ...refusedByName,
    },
  }),
  resetPools: operation({
    operationId: 'resetPools',
    summary: 'Replace every database connection',
    tags,
    security: byOperators,
    body,
    responses: {
      ...jsonResponse(200, 'What the pool was and is.', beforeAndAfter(pools)),
      ...bodyErrors,
      ...refused,
    },
  }),
};
