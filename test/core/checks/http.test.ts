import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { budgetOf, type Check, checkAuth, checkMlflow } from '../../../core/checks/index.ts';
import { readSettings, resolveAuth, resolveMlflow } from '../../../core/settings/index.ts';

type Request = IncomingMessage & { body?: string };
type Respond = (request: Request, response: ServerResponse) => void;

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

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

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

describe('MLflow', () => {
  test('is reached when its API answers, below the prefix and with the token; nothing else is asked', async () => {
    const seen: Request[] = [];
    const url = await serve((request, response) => {
      seen.push(request);
      json(response, 200, { experiments: [] });
    });
    const found = await mlflow(`${url}/mlflow`, { MLFLOW_TRACKING_TOKEN: 't0ken-t0ken' });
    expect(found).toMatchObject({ ok: true, layer: 'query', evidence: { status: 200 } });
    expect(seen.map((request) => request.url)).toEqual(['/mlflow/api/2.0/mlflow/experiments/search']);
    expect(seen[0]?.headers.authorization).toBe('Bearer t0ken-t0ken');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ max_results: 1 });
    expect(JSON.stringify(found)).not.toContain('t0ken');
  });

  test('shows what an error says, but not when it repeats a part of the token', async () => {
    const answer = (message: string) => serve((_, response) => json(response, 500, { message }));
    const said = await mlflow(await answer('the store is locked'), {
      MLFLOW_TRACKING_TOKEN: 'hunter2-hunter2',
    });
    expect(said.evidence?.says).toBe('the store is locked');
    const leaky = await mlflow(await answer('bad header: Bearer hunter2-hunt'), {
      MLFLOW_TRACKING_TOKEN: 'hunter2-hunter2',
    });
    expect(leaky.evidence).not.toHaveProperty('says');
    expect(JSON.stringify(leaky)).not.toContain('hunter2');
  });

  test('shows where a redirect leads without what its query carries', async () => {
    const url = await serve((_, response) =>
      response.writeHead(302, { location: 'https://user:pw@login.example/start?state=abc#x' }).end(),
    );
    expect((await mlflow(url)).evidence?.location).toBe('https://login.example/start');
  });
});

describe('the auth service', () => {
  test('is up when it rejects a key that nobody has, and when it accepts the key of the probe', async () => {
    let seen: { authorization?: string; body?: unknown } = {};
    const url = await serve((request, response) => {
      const { authorization } = request.headers;
      if (request.url === '/health') return response.end('{}');
      seen = { ...(authorization ? { authorization } : {}), body: JSON.parse(request.body ?? '') };
      return json(response, authorization === 'Bearer hk_live_probe' ? 200 : 401, { detail: 'x' });
    });
    expect((await auth(url)).ok).toBe(true);
    expect(seen.body).toEqual({ service_id: 'platform' });
    const withKey = await auth(url, { AUTH_PROBE_KEY: 'hk_live_probe' });
    expect(withKey.ok).toBe(true);
    expect(JSON.stringify(withKey)).not.toContain('hk_live_probe');
    expect((await auth(url, { AUTH_PROBE_KEY: 'stale' })).cause).toBe('API_KEY_REJECTED');
  });
});
