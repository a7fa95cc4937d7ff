/** What the document says of the mounts of MLflow. */
import { anyResponse, named, operation, type Responses, withApiKey } from '../openapi/index.ts';
import type { Mount } from './mounts.ts';

/** MLflow's own form of an error; those of this service have it too. */
export const mlflowErrorSchema = named('MlflowError', {
  type: 'object',
  required: ['error_code', 'message'],
  properties: { error_code: { type: 'string' }, message: { type: 'string' } },
  description: 'An error of MLflow, passed on, or one of this service, which then is an `Error` as well.',
});

const errors = (status: number | '4XX' | '5XX', description: string, headers = {}): Responses => ({
  [status]: {
    description,
    headers,
    content: { 'application/json': { schema: { $ref: 'MlflowError#' } } },
  },
});

const wait = { 'retry-after': { type: 'string', description: 'Seconds, or as MLflow says it.' } };

const nameOf = ({ prefix }: Mount): string =>
  prefix
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

export const mountOperation = (mount: Mount) =>
  operation({
    operationId: `pass${nameOf(mount)}`,
    summary: `MLflow below ${mount.prefix}`,
    description: `Passes the request on to MLflow as \`${mount.upstream}/…\`, and its answer back. Bodies of artifacts are passed on as they come and are not limited; others may have up to 1 MiB (MLFLOW_MAX_JSON_BYTES).`,
    tags: ['mlflow'],
    security: withApiKey,
    consumes: ['*/*'],
    responses: {
      ...anyResponse('2XX', 'What MLflow answers.'),
      ...anyResponse('3XX', 'Where MLflow leads, by its path here.'),
      ...errors(
        '4XX',
        'An error of MLflow, or of the request: 400 for a path that can be read in two ways, 401 and 403 for the API key, 408 for a body that stops, 413 for one that is too large.',
      ),
      ...errors(429, 'Too many requests, by the auth service or by MLflow.', wait),
      ...errors(
        '5XX',
        'An error of MLflow. 502: it cannot be reached, or what answers is not MLflow. 504: it does not answer in time.',
      ),
      ...errors(
        503,
        'MLflow or the auth service cannot be used now, and nothing was sent to MLflow, or MLflow says so itself.',
        wait,
      ),
    },
    unchecked: { body: {} },
  });
