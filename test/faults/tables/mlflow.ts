/** MLflow alone: its prefix, and its own check of the Host header. */
import type { IncomingMessage } from 'node:http';
import type { Fault } from '../fault.ts';
import type { HttpWorld } from '../worlds/http-world.ts';

type Row = Omit<Fault<HttpWorld>, 'dependency' | 'run'> & {
  /** Status of a request. */
  status(request: IncomingMessage): number;
  body?: string;
  prefix?: string;
};

const api = '/api/2.0/mlflow/experiments/search';
const hostRefused = 'Invalid Host header - possible DNS rebinding attack detected';
const isHealth = ({ url }: IncomingMessage): boolean => url === '/health';

const rows: readonly Row[] = [
  {
    name: 'a prefix that the server does not have',
    cause: 'PATH_NOT_FOUND',
    evidence: { path: `/mlflow${api}`, health: 404 },
    toldApart: /\/mlflow\/health answers 404, \/health answers 200, \/api\/2\.0\S+ answers 200/,
    prefix: '/mlflow',
    status: ({ url }) => (url?.startsWith('/mlflow') ? 404 : 200),
  },
  {
    name: 'a prefix that the server has and the setting lacks',
    cause: 'PATH_NOT_FOUND',
    evidence: { path: api, health: 200 },
    status: (request) => (isHealth(request) ? 200 : 404),
  },
  {
    name: 'a Host header with the port, which the list of allowed hosts has without',
    cause: 'HOST_HEADER_REJECTED',
    evidence: { health: 200 },
    toldApart: /the API with the Host header "127\.0\.0\.1" answers 200/,
    body: hostRefused,
    status: (request) => (isHealth(request) || !request.headers.host?.includes(':') ? 200 : 403),
  },
  {
    name: 'a host name that the list of allowed hosts does not have',
    cause: 'HOST_HEADER_REJECTED',
    toldApart: /the API with the Host header "127\.0\.0\.1" answers 403/,
    body: hostRefused,
    status: (request) => (isHealth(request) ? 200 : 403),
  },
  {
    name: 'a health path that is well while the API fails',
    cause: 'UPSTREAM_ERROR',
    evidence: { status: 500, health: 200 },
    status: (request) => (isHealth(request) ? 200 : 500),
  },
  {
    name: 'a health path that fails like the API',
    cause: 'UPSTREAM_ERROR',
    evidence: { status: 500, health: 500 },
    status: () => 500,
  },
];

export const mlflowFaults: readonly Fault<HttpWorld>[] = rows.map(
  ({ status, body, prefix = '', ...row }) => ({
    ...row,
    dependency: 'mlflow',
    run: async ({ serve, check }) => {
      const port = await serve((request, response) => {
        request.resume();
        const code = status(request);
        const text = code === 200 ? '{}' : (body ?? '{}');
        response.writeHead(code, { 'content-type': 'application/json', server: 'gunicorn' }).end(text);
      });
      return check('mlflow', port, { MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}${prefix}` });
    },
  }),
);
