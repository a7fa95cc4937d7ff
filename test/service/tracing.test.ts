import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, type Surroundings, startApi, startSurroundings } from './running.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const sampled = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };

let around: Surroundings;
let collector: Server;
let upstream: Server;
let batches: Buffer[] = [];
let collectorStatus = 200;
const upstreamHeaders: IncomingHttpHeaders[] = [];
let api: Api | undefined;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  around = await startSurroundings();
  collector = createServer(async (request, response) => {
    const body = await buffer(request);
    if (request.url === '/v1/traces') batches.push(body);
    response.writeHead(collectorStatus).end();
  }).listen(0, '127.0.0.1');
  upstream = createServer((request, response) => {
    upstreamHeaders.push(request.headers);
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await Promise.all([once(collector, 'listening'), once(upstream, 'listening')]);
});
afterAll(async () => {
  await around?.dispose();
  for (const server of [collector, upstream]) {
    server.close();
    server.closeAllConnections();
  }
});
afterEach(async () => {
  await api?.stop('end of the test');
  api = undefined;
  batches = [];
  upstreamHeaders.length = 0;
  collectorStatus = 200;
});

/** A service with a route that reads its body, asks the database and an upstream, and fails when told to. */
const start = async (env: Record<string, string> = {}): Promise<Api> => {
  api = await startApi(
    { ...around.env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${portOf(collector)}`, ...env },
    {
      undocumented: /^\/jobs\//,
      routes: (server, { database }) => {
        server.post('/jobs/:id', async (request) => {
          await database.query('SELECT $1::text AS given', ['a-value-of-a-user'], { repeatable: true });
          await fetch(`http://127.0.0.1:${portOf(upstream)}/upstream`);
          if ((request.body as { fail?: boolean }).fail) await database.query('SELECT nonsense');
          return { done: true };
        });
      },
    },
  );
  return api;
};

const json = { 'content-type': 'application/json' };

/** What the collector got, once the service has stopped and sent everything. */
const sent = async (): Promise<Buffer> => {
  await api?.stop('to send the traces');
  return Buffer.concat(batches);
};

describe('tracing', () => {
  it("sends a span for the request, one for the statement and one for the call, all of the caller's trace", async () => {
    const on = await start();
    expect((await on.post('/jobs/7', { ...json, ...sampled }, '{}')).status).toBe(200);
    const traces = await sent();
    for (const text of [
      'POST /jobs/:id',
      'SELECT $1::text AS given',
      '/upstream',
      'breakwater-api',
      'postgresql',
    ])
      expect([text, traces.includes(text)]).toEqual([text, true]);
    const id = Buffer.from(traceId, 'hex');
    let spans = 0;
    for (let at = traces.indexOf(id); at >= 0; at = traces.indexOf(id, at + 1)) spans += 1;
    expect(spans).toBeGreaterThanOrEqual(3);
    expect(traces.includes('a-value-of-a-user')).toBe(false);
  });

  it('passes the trace on to the upstream', async () => {
    const on = await start();
    await on.post('/jobs/7', { ...json, ...sampled }, '{}');
    expect(upstreamHeaders[0]?.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  });

  it("uses one id in log lines, error body and trace, also without a caller's", async () => {
    const on = await start({ OTEL_TRACES_SAMPLER_ARG: '1' });
    const answer = await on.post('/jobs/7', json, '{"fail":true}');
    expect(answer.status).toBe(500);
    const { trace_id: id } = answer.body;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const lines = on.log.entries().filter(({ traceId: of }) => of === id);
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['request failed', 'request', 'database connection']),
    );
    expect(upstreamHeaders[0]?.traceparent).toContain(id);
    expect((await sent()).includes(Buffer.from(id, 'hex'))).toBe(true);
  });

  it('takes the id of the load balancer where the caller has none, and nothing malformed', async () => {
    const on = await start();
    const idOf = async (headers: Record<string, string>) => (await on.get('/nothing', headers)).body.trace_id;
    expect(await idOf({ 'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793' })).toBe(
      '5759e988bd862e3fe1be46a994272793',
    );
    expect(await idOf({ ...sampled, 'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793' })).toBe(
      traceId,
    );
    for (const traceparent of [
      'nonsense',
      `ff-${traceId}-00f067aa0ba902b7-01`,
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `00-${traceId}-${'0'.repeat(16)}-01`,
      `00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`,
      '"><script>',
    ]) {
      const id = await idOf({ traceparent, 'x-request-id': 'mine' });
      expect([traceparent, /^[0-9a-f]{32}$/.test(id), id === traceId]).toEqual([traceparent, true, false]);
    }
  });

  it('leaves polled paths out, and follows the decision of the caller', async () => {
    const on = await start({ OTEL_TRACES_SAMPLER_ARG: '1' });
    for (const path of ['/live', '/health', '/health/alb', '/ready', '/metrics']) await on.get(path, sampled);
    await on.post('/jobs/7', { ...json, traceparent: sampled.traceparent.replace(/01$/, '00') }, '{}');
    const traces = await sent();
    expect(traces.includes(Buffer.from(traceId, 'hex'))).toBe(false);
  });

  it('does not hold up or fail a request when the collector is away, and complains once', async () => {
    const on = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_TRACES_SAMPLER_ARG: '1',
    });
    for (let count = 0; count < 5; count += 1)
      expect((await on.post('/jobs/7', json, '{}')).status).toBe(200);
    await on.stop('to send the traces');
    const complaints = on.log.entries().filter(({ msg }) => String(msg).includes('collector'));
    expect(complaints.length).toBeLessThanOrEqual(1);
  });

  it('is off without a collector: nothing is sent on, and there is still one id', async () => {
    const on = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    const answer = await on.post('/jobs/7', { ...json, ...sampled }, '{"fail":true}');
    expect(answer.body.trace_id).toBe(traceId);
    expect(on.log.entries().filter(({ traceId: of }) => of === traceId).length).toBeGreaterThan(1);
    expect(await sent()).toHaveLength(0);
  });
});
