import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type HttpServer, sendJson } from '../../fixtures/http-server.ts';
import { admin, answerOk, type Gateway, startGateway } from './gateway-fixture.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ MLFLOW_CB_FAILURE_THRESHOLD: '100' });
});
afterAll(() => gateway?.dispose());
beforeEach(() => {
  gateway.mlflow.answer = answerOk;
});

const path = '/mlflow/api/2.0/mlflow/runs/get';
const html = '<!doctype html><title>502 Bad Gateway</title><center>nginx at 10.0.3.17:5000</center>';
const answers =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}): HttpServer['answer'] =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
const page = { 'content-type': 'text/html; charset=utf-8' };

describe('an error of MLflow', () => {
  it.each([400, 401, 403, 404, 409, 429, 500])('passes with its own words: %i', async (status) => {
    const body = { error_code: 'INVALID_PARAMETER_VALUE', message: "Invalid value 0 for 'max_results'." };
    gateway.mlflow.answer = (_request, response) => sendJson(response, status, body);
    expect(await gateway.api.get(path, admin)).toMatchObject({ status, body });
  });

  it.each([
    [400, 'BAD_REQUEST'],
    [401, 'UNAUTHENTICATED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'RESOURCE_NOT_FOUND'],
    [429, 'REQUEST_LIMIT_EXCEEDED'],
    [500, 'INTERNAL_ERROR'],
    [502, 'TEMPORARILY_UNAVAILABLE'],
    [503, 'TEMPORARILY_UNAVAILABLE'],
    [504, 'TEMPORARILY_UNAVAILABLE'],
  ])('that is a page of HTML becomes JSON with its status: %i', async (status, code) => {
    gateway.mlflow.answer = answers(status, html, page);
    const answer = await gateway.api.get(path, admin);
    expect(answer).toMatchObject({ status, body: { error_code: code, detail: answer.body.message } });
    expect(answer.body.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.headers.get('content-type')).toMatch('application/json');
    expect(JSON.stringify(answer.body)).not.toMatch(/10\.0\.3\.17|nginx|doctype/);
  });

  it('keeps how long to wait, and says it where MLflow does not', async () => {
    gateway.mlflow.answer = answers(429, '{}', { 'retry-after': '17', 'content-type': 'application/json' });
    expect((await gateway.api.get(path, admin)).headers.get('retry-after')).toBe('17');
    for (const status of [429, 503]) {
      gateway.mlflow.answer = answers(status, html, page);
      expect(Number((await gateway.api.get(path, admin)).headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  it('keeps how to log in', async () => {
    gateway.mlflow.answer = answers(401, 'You are not authenticated.', {
      'www-authenticate': 'Basic realm="mlflow"',
      'content-type': 'text/plain',
    });
    const { headers, body } = await gateway.api.get(path, admin);
    expect(headers.get('www-authenticate')).toBe('Basic realm="mlflow"');
    expect(body.detail).toBe('MLflow wants other credentials: You are not authenticated.');
  });

  it.each([
    '(psycopg2.OperationalError) connection to server at "db.abc.us-east-1.rds.amazonaws.com" (10.0.2.9), port 5432 failed',
    'could not connect to postgresql://mlflow:hunter2@10.1.2.3:5432/mlflow_db',
    'no route to [fd00::1]:5432 from ip-10-0-1-5.ec2.internal',
    'mlflow.hokusai-production.local:5000 is away',
  ])('shows no internal address: %s', async (message) => {
    gateway.mlflow.answer = (_request, response) =>
      sendJson(response, 500, { error_code: 'INTERNAL_ERROR', message, more: { deep: [message] } });
    const { status, body } = await gateway.api.get(path, admin);
    expect(status).toBe(500);
    expect(body.message).toContain('[internal]');
    expect(JSON.stringify(body)).not.toMatch(
      /10\.\d+\.\d+\.\d+|hunter2|amazonaws|fd00|\.internal\b|\.local\b/,
    );
  });

  it('is told by its status alone where its body is compressed or too large to read', async () => {
    const compressed = gzipSync('{"error_code":"X"}');
    gateway.mlflow.answer = answers(400, compressed, {
      'content-encoding': 'gzip',
      'content-type': 'application/json',
    });
    expect((await gateway.api.get(path, admin)).body.error_code).toBe('BAD_REQUEST');
    gateway.mlflow.answer = answers(500, 'x'.repeat(1_000_000), { 'content-type': 'text/plain' });
    expect((await gateway.api.get(path, admin)).body.error_code).toBe('INTERNAL_ERROR');
  });
});

describe('a good answer', () => {
  it('that is a page where the API answers with JSON is an error of what answers', async () => {
    gateway.mlflow.answer = answers(200, '<html>log in</html>', page);
    expect(await gateway.api.get(path, admin)).toMatchObject({
      status: 502,
      body: { error_code: 'TEMPORARILY_UNAVAILABLE', detail: expect.stringContaining('UNEXPECTED_CONTENT') },
    });
  });

  it.each([
    '/mlflow/api/2.0/mlflow-artifacts/artifacts/0/report.html',
    '/api/2.0/mlflow-artifacts/artifacts/0/report.html',
    '/mlflow/get-artifact?path=report.html',
    '/mlflow/ajax-api/2.0/mlflow/get-artifact?path=report.html',
    '/mlflow/',
  ])('that is a page is passed on where pages are asked for: %s', async (target) => {
    gateway.mlflow.answer = answers(200, '<html>a report</html>', page);
    expect(await gateway.api.get(target, admin)).toMatchObject({
      status: 200,
      body: '<html>a report</html>',
    });
  });

  it('that is compressed is passed on as it came', async () => {
    const compressed = gzipSync('{"a":1}');
    gateway.mlflow.answer = answers(200, compressed, {
      'content-encoding': 'gzip',
      'content-type': 'application/json',
      'content-length': String(compressed.length),
    });
    const response = await fetch(`${gateway.api.base}${path}`, { headers: admin });
    expect(await response.json()).toEqual({ a: 1 });
    expect(response.headers.get('content-encoding')).toBe('gzip');
  });

  it.each([204, 304])('without a body stays without one: %i', async (status) => {
    gateway.mlflow.answer = answers(status, '');
    expect(await gateway.api.get(path, admin)).toMatchObject({ status, body: '' });
  });
});

describe('a redirect', () => {
  const redirectTo = (location: string): HttpServer['answer'] => answers(308, '', { location });

  it.each([
    ['/mlflow/api/2.0/x', '/api/2.0/x/?a=1', '/mlflow/api/2.0/x/?a=1'],
    ['/api/mlflow/x', '/x/', '/api/mlflow/x/'],
    ['/api/2.0/mlflow/x', '/api/2.0/mlflow/x/', '/api/2.0/mlflow/x/'],
    ['/api/2.0/mlflow/x', '/login', '/mlflow/login'],
    ['/mlflow/x', 'x/', '/mlflow/x/'],
  ])('of %s to %s leads the client to %s', async (target, location, expected) => {
    gateway.mlflow.answer = redirectTo(location);
    const { status, headers } = await gateway.api.get(target, admin);
    expect([status, headers.get('location')]).toEqual([308, expected]);
  });

  it('to the internal address leads through the gateway', async () => {
    gateway.mlflow.answer = redirectTo(`${gateway.mlflow.url}/x/`);
    expect((await gateway.api.get('/mlflow/x', admin)).headers.get('location')).toBe('/mlflow/x/');
  });

  it.each(['http://10.0.0.9/x', 'https://elsewhere.example.com/', 'http://[', '//evil.example.com/x'])(
    'to another server is an error: %s',
    async (location) => {
      gateway.mlflow.answer = redirectTo(location);
      const answer = await gateway.api.get('/mlflow/x', admin);
      expect(answer).toMatchObject({ status: 502, body: { detail: expect.stringContaining('REDIRECTED') } });
      expect(JSON.stringify([answer.body, [...answer.headers]])).not.toContain(location);
    },
  );
});
