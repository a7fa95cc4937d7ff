import {
  jsonObject,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
  startStandIn,
} from './stand-in.ts';

const experiment = {
  experiment_id: '0',
  name: 'Default',
  artifact_location: 'mlflow-artifacts:/0',
  lifecycle_stage: 'active',
  last_update_time: 1_767_225_600_000,
  creation_time: 1_767_225_600_000,
};

/** Errors as MLflow writes them: a code of its own beside the HTTP status. */
const failure = (status: number, code: string, message: string): StandInAnswer => ({
  status,
  body: { error_code: code, message },
});

/** Searches by path, with the largest page that MLflow gives and the answer for one that is right. */
const searches: Record<string, { largest: number; found: object }> = {
  '/api/2.0/mlflow/experiments/search': { largest: 50_000, found: { experiments: [experiment] } },
  '/api/2.0/mlflow/registered-models/search': { largest: 1_000, found: {} },
};

const search = (
  { method, query, body }: StandInRequest,
  { largest, found }: { largest: number; found: object },
) => {
  if (method !== 'GET' && method !== 'POST')
    return failure(405, 'METHOD_NOT_ALLOWED', `${method} is not allowed.`);
  const input = method === 'GET' ? Object.fromEntries(query) : jsonObject(body);
  if (!input) return failure(400, 'BAD_REQUEST', 'Malformed request body.');
  const wanted = Number(input.max_results ?? 100);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > largest)
    return failure(
      400,
      'INVALID_PARAMETER_VALUE',
      `Invalid value ${input.max_results} for parameter 'max_results' supplied. It must be an integer from 1 to ${largest}.`,
    );
  return { status: 200, body: found };
};

/** MLflow with the default experiment and no model: the paths that probes and service ask. */
export const startMlflow = (): Promise<StandIn> =>
  startStandIn('gunicorn', (request) => {
    if (request.path === '/health') return { status: 200, body: 'OK' };
    if (request.path === '/version') return { status: 200, body: '3.5.0' };
    const known = searches[request.path];
    if (known) return search(request, known);
    return request.path.startsWith('/api/')
      ? failure(404, 'ENDPOINT_NOT_FOUND', `No endpoint ${request.path}.`)
      : { status: 404, body: '<!doctype html><title>404 Not Found</title><h1>Not Found</h1>' };
  });
