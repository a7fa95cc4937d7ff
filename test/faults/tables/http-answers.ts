/** MLflow and the auth service: answers that are not the one that was asked for. */
import type { Fault } from '../fault.ts';
import { type Answer, answering, balancerPage, type HttpWorld, loadBalancer } from '../worlds/http-world.ts';

type Row = Omit<Fault<HttpWorld>, 'dependency' | 'run'> & {
  answer: Answer;
  /** Only for one of the two. */
  only?: 'mlflow' | 'auth';
  environment?: Record<string, string>;
};

const html = { 'content-type': 'text/html; charset=utf-8' };
const gunicorn = { server: 'gunicorn' };
const detail = (text: string): string => JSON.stringify({ detail: text });
const fromBalancer = (status: number, text: string): Answer => ({
  status,
  headers: loadBalancer,
  body: balancerPage(`${status} ${text}`),
});
const itself = { answeredBy: 'the load balancer itself' };

const rows: readonly Row[] = [
  {
    name: 'a redirect for a slash at the end',
    cause: 'REDIRECTED',
    evidence: { status: 308, location: '/api/' },
    answer: { status: 308, headers: { location: '/api/?next=secret' } },
  },
  {
    name: 'a redirect from http to https',
    cause: 'REDIRECTED',
    detail: /redirects to https:\/\/service\.example/,
    answer: { status: 301, headers: { ...loadBalancer, location: 'https://service.example:443/api' } },
  },
  {
    name: 'a redirect to a page for logging in',
    cause: 'REDIRECTED',
    answer: { status: 302, headers: { location: 'https://login.example/authorize?state=1' } },
  },
  {
    name: 'a page for logging in with status 200',
    cause: 'UNEXPECTED_CONTENT',
    evidence: { title: 'Log in' },
    answer: { headers: html, body: '<html><head><title>Log in</title></head></html>' },
  },
  {
    name: 'JSON that is a list',
    cause: 'UNEXPECTED_CONTENT',
    detail: /not an object/,
    answer: { body: '[]' },
  },
  { name: 'an empty answer with status 200', cause: 'UNEXPECTED_CONTENT', answer: { body: '' } },
  { name: 'no content', cause: 'UNEXPECTED_CONTENT', answer: { status: 204 } },
  {
    name: 'plain HTTP to a port that wants TLS and says so',
    cause: 'TLS_REQUIRED',
    answer: { status: 400, headers: html, body: '<h1>The plain HTTP request was sent to HTTPS port</h1>' },
  },
  {
    name: 'a web server that wants a certificate of the client',
    cause: 'TLS_CLIENT_CERTIFICATE_REQUIRED',
    answer: { status: 400, headers: html, body: '<h1>No required SSL certificate was sent</h1>' },
  },
  {
    name: 'a host name that the server does not serve',
    cause: 'MISDIRECTED_REQUEST',
    answer: { status: 421 },
  },
  {
    name: 'a host name that the framework refuses',
    cause: 'MISDIRECTED_REQUEST',
    answer: { status: 400, headers: { 'content-type': 'text/plain' }, body: 'Invalid host header' },
  },
  {
    name: 'a request that the load balancer refuses',
    cause: 'MISDIRECTED_REQUEST',
    evidence: itself,
    answer: fromBalancer(400, 'Bad Request'),
  },
  {
    name: 'a proxy on the way that wants credentials',
    cause: 'AUTHENTICATION_REQUIRED',
    answer: { status: 407 },
  },
  {
    name: 'I-05 a proxy in front that wants another header, with 403',
    cause: 'FORBIDDEN',
    evidence: { status: 403 },
    answer: { status: 403, body: detail('Forbidden') },
  },
  {
    name: 'a firewall in the load balancer',
    cause: 'FIREWALL_REJECTED',
    evidence: itself,
    answer: fromBalancer(403, 'Forbidden'),
  },
  {
    name: 'I-11 a rule that leads to another service, which does not know the path',
    cause: 'PATH_NOT_FOUND',
    evidence: { health: 200, says: 'Not Found' },
    toldApart: /\/health answers 200/,
    answer: { status: 404, body: detail('Not Found') },
  },
  {
    name: 'I-67 a listener without a rule for the service: its fixed answer',
    cause: 'NO_LISTENER_RULE',
    evidence: itself,
    answer: { status: 404, headers: { ...loadBalancer, 'content-type': 'text/plain' }, body: 'Not Found' },
  },
  {
    name: 'a request in a form that the service does not take',
    cause: 'REQUEST_REJECTED',
    evidence: { says: 'body.max_results: value is not valid' },
    answer: {
      status: 422,
      body: JSON.stringify({ detail: [{ loc: ['body', 'max_results:'], msg: 'value is not valid' }] }),
    },
  },
  {
    name: 'a limit of requests',
    cause: 'RATE_LIMITED',
    evidence: { retryAfter: '7' },
    answer: { status: 429, headers: { 'retry-after': '7' } },
  },
  {
    name: 'an error of the service',
    cause: 'UPSTREAM_ERROR',
    evidence: { status: 500, server: 'gunicorn' },
    answer: { status: 500, headers: gunicorn },
  },
  {
    name: 'a service that says itself that it is not available',
    cause: 'UPSTREAM_ERROR',
    evidence: { status: 503 },
    answer: { status: 503, headers: { server: 'uvicorn', 'retry-after': '5' } },
  },
  {
    name: 'I-15 no healthy target behind the load balancer',
    cause: 'NO_HEALTHY_TARGET',
    evidence: { ...itself, title: '503 Service Temporarily Unavailable' },
    answer: fromBalancer(503, 'Service Temporarily Unavailable'),
  },
  {
    name: 'a target that closes its connections, by the load balancer',
    cause: 'BAD_GATEWAY',
    evidence: itself,
    answer: fromBalancer(502, 'Bad Gateway'),
  },
  {
    name: 'a target that closes its connections, by another proxy',
    cause: 'BAD_GATEWAY',
    evidence: { server: 'nginx' },
    answer: { status: 502, headers: { server: 'nginx' } },
  },
  {
    name: 'I-23 a security group between load balancer and target',
    cause: 'GATEWAY_TIMEOUT',
    evidence: itself,
    answer: fromBalancer(504, 'Gateway Time-out'),
  },
  {
    name: 'a target that answers late, by another proxy',
    cause: 'GATEWAY_TIMEOUT',
    answer: { status: 504, headers: { server: 'nginx' } },
  },
  {
    name: 'I-95 an error because a table of the service is missing',
    cause: 'UPSTREAM_SCHEMA_MISSING',
    answer: {
      status: 500,
      body: detail('psycopg2.errors.UndefinedTable: relation "stripe_customers" does not exist'),
    },
  },
  {
    name: 'I-49 a proxy that takes the token off: the key is required',
    cause: 'API_KEY_REJECTED',
    answer: { status: 401, body: detail('API key required') },
  },
  {
    name: 'I-77 a client that sends no token where one is wanted',
    cause: 'AUTHENTICATION_REQUIRED',
    only: 'mlflow',
    environment: { MLFLOW_TRACKING_TOKEN: '' },
    answer: { status: 401 },
  },
  {
    name: 'a page that wants a login, with 401',
    cause: 'AUTHENTICATION_REQUIRED',
    only: 'auth',
    answer: { status: 401, headers: html, body: '<html>' },
  },
  {
    name: 'I-09 a service id that is not one of the auth service',
    cause: 'REQUEST_REJECTED',
    only: 'auth',
    evidence: { says: 'body.service_id string does not match regex' },
    answer: {
      status: 422,
      body: JSON.stringify({ detail: [{ loc: ['body', 'service_id'], msg: 'string does not match regex' }] }),
    },
  },
];

const fault = (
  dependency: 'mlflow' | 'auth',
  { answer, only: _, environment, ...row }: Row,
): Fault<HttpWorld> => ({
  ...row,
  dependency,
  run: async ({ serve, check }) => check(dependency, await serve(answering(answer)), environment),
});

export const httpAnswerFaults: readonly Fault<HttpWorld>[] = (['mlflow', 'auth'] as const).flatMap(
  (dependency) =>
    rows.filter(({ only = dependency }) => only === dependency).map((row) => fault(dependency, row)),
);
