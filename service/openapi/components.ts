/** What the operations share: the body of errors, headers, tags, and how a caller says who it is. */
import { closed, named, type Schema } from './schema.ts';

export const errorSchema = named('Error', {
  ...closed(
    {
      detail: {
        type: 'string',
        minLength: 1,
        description: 'One sentence: what is wrong, and what to do instead where that is known.',
      },
      trace_id: {
        type: 'string',
        pattern: '^[0-9a-f]{32}$',
        description: 'The same as in the log lines and in the traces of this request.',
      },
    },
    {
      error: { type: 'string', description: 'A name, where clients tell it from others of its status.' },
      cause: { type: 'string', description: 'The cause code of what stands behind.' },
      required_scope: {
        type: 'array',
        items: { type: 'string' },
        description: 'Scopes each of which would do.',
      },
      current_scopes: { type: 'array', items: { type: 'string' }, description: 'Scopes of the API key.' },
      error_code: { type: 'string', description: 'On the paths of MLflow: what its client reads.' },
      message: { type: 'string', description: 'On the paths of MLflow: the same as `detail`.' },
    },
  ),
  description: 'The body of every error of this service.',
});

/** Headers of answers by their names; what stands in the document is always sent. */
export const headers = {
  'retry-after': {
    type: 'integer',
    minimum: 1,
    description: 'Seconds until it is worth trying again.',
  },
  'www-authenticate': { type: 'string', pattern: '^Bearer ', description: 'What to send instead.' },
} as const satisfies Record<string, Schema>;

export const tags = {
  health:
    'What the service says of itself. Everything is read from memory: no request waits for a dependency.',
  operators:
    'What operators do. Reachable only inside the network: whoever comes through the load balancer is answered 404.',
  mlflow: 'MLflow, as its own client uses it. Only administrators of the registry get through.',
  models: 'The registration of models.',
  metrics: 'For Prometheus.',
  documentation: 'This document.',
} as const satisfies Record<string, string>;

export type Tag = keyof typeof tags;

export const securitySchemes = {
  operatorToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The operator token, from ADMIN_TOKEN or the secret ADMIN_TOKEN_SECRET_ID.',
  },
  apiKeyBearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key. The first of the four forms that a request carries is taken.',
  },
  apiKeyAuthorization: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'An API key as `ApiKey <key>`.',
  },
  apiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key.' },
  apiKeyQuery: { type: 'apiKey', in: 'query', name: 'api_key', description: 'An API key.' },
} as const;

export type Security = readonly { readonly [scheme in keyof typeof securitySchemes]?: readonly [] }[];

/** Only with the operator token. */
export const byOperators: Security = [{ operatorToken: [] }];

/** For anyone; with the operator token the answer says more. */
export const moreForOperators: Security = [{}, { operatorToken: [] }];

/** With an API key in any of its forms. */
export const withApiKey: Security = [
  { apiKeyBearer: [] },
  { apiKeyAuthorization: [] },
  { apiKeyHeader: [] },
  { apiKeyQuery: [] },
];
