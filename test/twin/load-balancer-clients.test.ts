import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { createBench, definition } from './load-balancer-bench.ts';

describe('the load balancer and its clients', () => {
  const { balancer: start, serving, end } = createBench();
  afterEach(end);

  const isOwnPage = async (response: Response, title: string): Promise<void> => {
    expect(response.headers.get('server')).toBe('awselb/2.0');
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toContain(`<title>${title}</title>`);
  };

  test('answers 503 without a target', async () => {
    const balancer = await start();
    await isOwnPage(await fetch(balancer.url), '503 Service Temporarily Unavailable');
    expect(balancer.take().map(({ name, values }) => [name, values[0]])).toEqual([
      ['HTTPCode_ELB_5XX_Count', 1],
    ]);
  });

  test('answers 502 when the target refuses or hangs up, 504 when it is silent', async () => {
    const { balancer, server } = await serving(
      (asked) => void (asked.url === '/hang-up' && asked.socket.destroy()),
      { idleTimeoutMs: 200, healthCheck: { ...definition().healthCheck, intervalMs: 60_000 } },
    );
    await isOwnPage(await fetch(`${balancer.url}/silent`), '504 Gateway Time-out');
    await isOwnPage(await fetch(`${balancer.url}/hang-up`), '502 Bad Gateway');
    server.close();
    server.closeAllConnections();
    const upload = { method: 'POST', body: 'x'.repeat(1_000_000) };
    await isOwnPage(await fetch(balancer.url, upload), '502 Bad Gateway');
    const counts = Object.fromEntries(balancer.take().map(({ name, values }) => [name, values[0]]));
    expect(counts).toMatchObject({
      RequestCount: 3,
      HTTPCode_ELB_5XX_Count: 3,
      HTTPCode_Target_5XX_Count: 0,
    });
  });

  test('answers 502 to a client that is still sending, and lets it send the rest', async () => {
    const { balancer, server } = await serving(() => undefined, {
      healthCheck: { ...definition().healthCheck, intervalMs: 60_000 },
    });
    server.close();
    server.closeAllConnections();
    const sending = request(balancer.url, { method: 'POST' });
    const failed = once(sending, 'error').then(([error]) => error);
    sending.write('x'.repeat(100_000));
    const [answer] = (await once(sending, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(502);
    answer.resume();
    // More than the buffers between them hold.
    sending.end('x'.repeat(30_000_000));
    expect(await Promise.race([failed, once(sending, 'close').then(() => 'sent')])).toBe('sent');
  });

  test('answers by the rule for the operator routes, however they are written, and forwards the rest', async () => {
    const { balancer } = await serving((asked, response) => void response.end(asked.url));
    for (const path of ['/admin', '/admin/breakers', '/admin/?x=1', '/admin?x']) {
      const response = await fetch(`${balancer.url}${path}`);
      expect([response.status, await response.json()]).toEqual([404, { detail: 'Not Found' }]);
    }
    for (const path of ['/administration', '/health?q=/admin', '/Admin'])
      expect(await (await fetch(`${balancer.url}${path}`)).text()).toBe(path);
    // The whole URL in place of the path.
    const socket = connect(Number(new URL(balancer.url).port), '127.0.0.1');
    socket.end('GET http://a/admin/breakers HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('tells the target of its client, and passes headers, status and body on as they are', async () => {
    const { balancer } = await serving(async (asked, response) => {
      const body = await text(asked);
      response.writeHead(201, 'Made', [
        ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
        ...['X-Mixed', 'Case'],
      ]);
      response.end(JSON.stringify({ headers: asked.headers, body, method: asked.method, url: asked.url }));
    });
    const response = await fetch(`${balancer.url}/path?q=%2F`, {
      method: 'PUT',
      body: 'sent',
      headers: { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'gopher', 'x-own': 'kept' },
    });
    expect([response.status, response.statusText]).toEqual([201, 'Made']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    const { port, host } = new URL(balancer.url);
    expect(await response.json()).toMatchObject({
      ...{ method: 'PUT', url: '/path?q=%2F', body: 'sent' },
      headers: {
        ...{ host, 'x-own': 'kept', 'x-forwarded-for': '203.0.113.7, 127.0.0.1' },
        ...{ 'x-forwarded-proto': 'http', 'x-forwarded-port': port },
      },
    });
  });

  test('streams both ways: the answer begins before the request has ended', async () => {
    const { balancer } = await serving((asked, response) => void asked.pipe(response));
    const sent = request(balancer.url, { method: 'POST' });
    sent.write('one');
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const [first] = await once(answer.setEncoding('utf8'), 'data');
    expect(first).toBe('one');
    sent.end('two');
    expect(await text(answer)).toBe('two');
  });

  test('breaks off on one side when the other does, before the answer as well as in it', async () => {
    const seen: string[] = [];
    const left: string[] = [];
    const { balancer } = await serving(
      (asked, response) => {
        seen.push(String(asked.url));
        response.once('close', () => left.push(String(asked.url)));
        if (asked.url !== '/silent') response.write('begin');
        if (asked.url === '/cut') setTimeout(() => asked.socket.destroy(), 20);
      },
      { idleTimeoutMs: 60_000 },
    );
    await expect((await fetch(`${balancer.url}/cut`)).text()).rejects.toThrow();
    for (const path of ['/begun', '/silent']) {
      const leaving = new AbortController();
      const answer = fetch(`${balancer.url}${path}`, { signal: leaving.signal });
      await (path === '/silent' ? eventually(() => seen.includes(path)) : answer);
      leaving.abort();
      await answer.catch(() => undefined);
      await eventually(() => left.includes(path));
    }
  });
});
