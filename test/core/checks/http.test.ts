import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { afterEach, describe, expect, test } from '@jest/globals';
import { budgetOf, type Check, checkAuth, checkMlflow } from '../../../core/checks/index.ts';
import { readSettings, resolveAuth, resolveMlflow } from '../../../core/settings/index.ts';
import { createCertificateAuthority } from '../../../twin/certificates.ts';
import { scriptedServer } from '../../fixtures/scripted-server.ts';

type Respond = (request: IncomingMessage & { body?: string }, response: ServerResponse) => void;

const disposables: (() => void)[] = [];
afterEach(() => {
  for (const dispose of disposables.splice(0)) dispose();
});

const serve = async (respond: Respond): Promise<string> => {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    respond(Object.assign(request, { body }), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  disposables.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
};

const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const mlflow = async (url: string, more: Record<string, string> = {}): Promise<Check> => {
  const resolved = resolveMlflow(
    readSettings({ MLFLOW_TRACKING_URI: url, HEALTH_CHECK_TIMEOUT: '2', ...more }),
  );
  if (!resolved.ok) throw new Error('settings');
  return (await checkMlflow(resolved.value, 500, budgetOf(3_000))).check;
};

const auth = async (url: string, more: Record<string, string> = {}): Promise<Check> => {
  const resolved = resolveAuth(readSettings({ AUTH_SERVICE_URL: url, AUTH_SERVICE_TIMEOUT: '1', ...more }));
  if (!resolved.ok) throw new Error('settings');
  return (await checkAuth(resolved.value, 500, budgetOf(3_000))).check;
};

const answering = (status: number, headers: Record<string, string> = {}, body: string = '{}') =>
  serve((_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body),
  );

describe('MLflow', () => {
  test('is reached when its API answers, below the prefix and with the token', async () => {
    let seen: (IncomingMessage & { body?: string }) | undefined;
    const url = await serve((request, response) => {
      seen = request;
      json(response, 200, { experiments: [] });
    });
    const found = await mlflow(`${url}/mlflow`, { MLFLOW_TRACKING_TOKEN: 't0ken' });
    expect(found).toMatchObject({ ok: true, layer: 'query' });
    expect(seen?.url).toBe('/mlflow/api/2.0/mlflow/experiments/search');
    expect(seen?.headers.authorization).toBe('Bearer t0ken');
    expect(JSON.parse(seen?.body ?? '')).toEqual({ max_results: 1 });
    expect(JSON.stringify(found)).not.toContain('t0ken');
  });

  test.each([
    [308, { location: '/elsewhere' }, 'REDIRECTED'],
    [401, {}, 'AUTHENTICATION_REQUIRED'],
    [403, {}, 'FORBIDDEN'],
    [429, { 'retry-after': '7' }, 'RATE_LIMITED'],
    [500, {}, 'UPSTREAM_ERROR'],
    [502, {}, 'BAD_GATEWAY'],
    [503, { server: 'awselb/2.0' }, 'NO_HEALTHY_TARGET'],
    [503, { server: 'gunicorn' }, 'UPSTREAM_ERROR'],
    [504, {}, 'GATEWAY_TIMEOUT'],
    [404, { 'content-type': 'text/html' }, 'UNEXPECTED_CONTENT'],
  ])('status %i with %p is %s', async (status, headers, cause) => {
    expect(await mlflow(await answering(status, headers as Record<string, string>))).toMatchObject({
      ok: false,
      cause,
      evidence: { status },
    });
  });

  test('a page with status 200 is not the API', async () => {
    const url = await answering(200, { 'content-type': 'text/html' }, '<html>log in</html>');
    expect((await mlflow(url)).cause).toBe('UNEXPECTED_CONTENT');
  });

  test('a refused Host header has its own name', async () => {
    const url = await answering(
      403,
      { 'content-type': 'text/plain' },
      'Invalid Host header - possible DNS rebinding attack detected',
    );
    expect((await mlflow(url)).cause).toBe('HOST_HEADER_REJECTED');
  });

  test('a rejected token is not the same as a missing one', async () => {
    expect((await mlflow(await answering(401), { MLFLOW_TRACKING_TOKEN: 'x' })).cause).toBe(
      'API_KEY_REJECTED',
    );
  });

  test('an answer that never comes, never ends, or is cut is bounded and named', async () => {
    const silent = await serve(() => undefined);
    expect((await mlflow(silent, { HEALTH_CHECK_TIMEOUT: '0.3', HEALTH_QUERY_TIMEOUT: '0.2' })).cause).toBe(
      'RESPONSE_TIMEOUT',
    );
    const endless = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(timer));
    });
    expect((await mlflow(endless)).cause).toBe('UNEXPECTED_CONTENT');
    const cut = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{');
      setTimeout(() => response.destroy(), 20);
    });
    expect((await mlflow(cut)).cause).toBe('CONNECTION_RESET');
  });

  test('a port that speaks something else, one that closes, and plain HTTP to a TLS port', async () => {
    const other = await scriptedServer((socket) => socket.write('SSH-2.0-OpenSSH\r\n'));
    const closing = await scriptedServer((socket) => socket.once('data', () => socket.end()));
    disposables.push(other.dispose, closing.dispose);
    expect((await mlflow(`http://127.0.0.1:${other.port}`)).cause).toBe('NOT_THE_EXPECTED_SERVER');
    expect((await mlflow(`http://127.0.0.1:${closing.port}`)).cause).toBe('CONNECTION_RESET');
    const tlsAlert = await scriptedServer((socket) =>
      socket.once('data', () => socket.end(Buffer.from([21, 3, 1, 0, 2, 2, 70]))),
    );
    disposables.push(tlsAlert.dispose);
    expect((await mlflow(`http://127.0.0.1:${tlsAlert.port}`)).cause).toBe('TLS_REQUIRED');
  });

  test('https to a plain port, and to a certificate that is not trusted', async () => {
    const plain = await answering(200);
    expect((await mlflow(plain.replace('http:', 'https:'))).cause).toBe('TLS_NOT_OFFERED');
    const { certificatePem: cert, keyPem: key } = await (await createCertificateAuthority()).issue({
      names: ['127.0.0.1'],
    });
    const server = createTlsServer({ cert, key }, (_, response) => response.end('{}'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    disposables.push(() => server.close());
    const { port } = server.address() as { port: number };
    expect((await mlflow(`https://127.0.0.1:${port}`)).cause).toBe('TLS_UNTRUSTED_CA');
  });
});

describe('the auth service', () => {
  test('is up when it rejects a key that nobody has, and when it accepts the key of the probe', async () => {
    let seen: { authorization?: string; body?: unknown } = {};
    const url = await serve((request, response) => {
      const { authorization } = request.headers;
      seen = { ...(authorization ? { authorization } : {}), body: JSON.parse(request.body ?? '') };
      json(response, authorization === 'Bearer hk_live_probe' ? 200 : 401, { detail: 'x' });
    });
    expect((await auth(url)).ok).toBe(true);
    expect(seen.body).toEqual({ service_id: 'platform' });
    const withKey = await auth(url, { AUTH_PROBE_KEY: 'hk_live_probe' });
    expect(withKey.ok).toBe(true);
    expect(JSON.stringify(withKey)).not.toContain('hk_live_probe');
    expect((await auth(url, { AUTH_PROBE_KEY: 'stale' })).cause).toBe('API_KEY_REJECTED');
  });

  test('that is down, limits, or forbids is not confused with a bad key', async () => {
    expect((await auth(await answering(503, { server: 'awselb/2.0' }))).cause).toBe('NO_HEALTHY_TARGET');
    expect((await auth(await answering(429))).cause).toBe('RATE_LIMITED');
    expect((await auth(await answering(403))).cause).toBe('FORBIDDEN');
    expect((await auth(await answering(401, { 'content-type': 'text/html' }, '<html>'))).cause).toBe(
      'AUTHENTICATION_REQUIRED',
    );
  });
});
