import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer, json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findRedis } from '../../twin/servers/redis.ts';
import { startRedisProcess } from '../fixtures/redis-process.ts';
import { type BuiltImage, buildImage, dockerfile } from './built-image.ts';
import { goodSettings } from './settings.ts';

let image: BuiltImage & { dispose(): void };
beforeAll(async () => {
  image = await buildImage();
});
afterAll(() => image?.dispose());

const read = (file: string): string => readFileSync(join(image.directory, file), 'utf8');
const filesEndingIn = (end: string): string[] =>
  readdirSync(image.directory).filter((name) => name.endsWith(end));

/** A server on this machine while the work lasts. */
const withServer = async (answer: RequestListener, work: (url: string) => Promise<void>): Promise<void> => {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
};

/** The service with these settings while the work lasts; it must end well and say nothing but JSON. */
const withService = async (
  env: Record<string, string>,
  work: (url: string) => Promise<void>,
): Promise<void> => {
  const settings = { ...(await goodSettings()), ...env };
  const { kill, ended, says } = image.run(['service.mjs'], settings);
  await says('"listening"');
  try {
    await work(`http://127.0.0.1:${settings.API_PORT}`);
  } finally {
    kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    expect([code, stderr]).toEqual([0, '']);
    for (const line of stdout.trim().split('\n')) JSON.parse(line);
  }
};

/** What a program loads before its first line runs, itself included. */
const loadedAtStart = (program: string, loaded = new Set<string>()): Set<string> => {
  if (loaded.has(program)) return loaded;
  loaded.add(program);
  for (const [, part = ''] of read(program).matchAll(/^(?:\} from|import) "\.\/(.+\.mjs)";$/gm))
    loadedAtStart(part, loaded);
  return loaded;
};

const sourcesOf = (part: string): string[] => JSON.parse(read(`${part}.map`)).sources;

/** `node_modules/x` as often as the sources have it in another place. */
const packagesIn = (sources: string[]): string[] => [
  ...new Set(sources.flatMap((source) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source) ?? [])),
];

const isSdk = (source: string): boolean =>
  /node_modules\/(@aws-sdk|@smithy|ioredis|@opentelemetry\/(?!api\/))/.test(source);

describe('the parts of the image', () => {
  it('load the SDKs of AWS and of OpenTelemetry and the client of Redis only when they are needed', () => {
    const atStart = [...loadedAtStart('service.mjs')];
    expect(atStart.length).toBeGreaterThan(1);
    expect(atStart.flatMap(sourcesOf).filter(isSdk)).toEqual([]);
    const all = filesEndingIn('.mjs').flatMap(sourcesOf).filter(isSdk).join('\n');
    for (const name of ['client-secrets-manager', 'sdk-trace', 'instrumentation-undici', 'ioredis'])
      expect(all).toContain(name);
    const bytes = atStart.reduce((sum, part) => sum + statSync(join(image.directory, part)).size, 0);
    // Now 4.1 MB: 1.5 MB each are Fastify with its compilers of JSON schemas, and undici; 0.2 MB the certificates of RDS.
    expect(bytes).toBeLessThan(4_600_000);
  });

  it('have every source once, and of no package a second version but of one that is small', () => {
    const sources = filesEndingIn('.mjs').flatMap(sourcesOf);
    expect(new Set(sources).size).toBe(sources.length);
    const names = packagesIn(sources).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13));
    const twice = names.filter((name, place) => names.indexOf(name) !== place);
    // Ajv and the description of the API still want version 3.
    expect([...new Set(twice)]).toEqual(['fast-uri']);
  });

  it('name the source and its line when something is thrown', async () => {
    const [, options = ''] = /^ENV .*\bNODE_OPTIONS=(\S+)/m.exec(dockerfile) ?? [];
    // The first thing that the program does is to listen for signals.
    const thrower = 'data:text/javascript,process.on=()=>{throw new Error("thrown")}';
    const { code, stderr } = await image.run([options, '--import', thrower, 'service.mjs']).ended;
    expect(code).toBe(1);
    const source = readFileSync(new URL('../../service/entry/service.ts', import.meta.url), 'utf8');
    const line = source.split('\n').findIndex((text) => text.includes('process.on(signal')) + 1;
    expect(line).toBeGreaterThan(0);
    expect(stderr).toContain(`/service/entry/service.ts:${line}:`);
  });
});

describe('what the image loads later', () => {
  it('sends the trace of a request to the collector', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const batches: Buffer[] = [];
    const collector: RequestListener = async (request, response) => {
      const body = await buffer(request);
      if (request.url === '/v1/traces') batches.push(body);
      response.end();
    };
    await withServer(collector, (endpoint) =>
      withService({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, async (url) => {
        const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
        expect((await fetch(`${url}/nothing-here`, { headers })).status).toBe(404);
      }),
    );
    const sent = Buffer.concat(batches);
    expect(sent.includes(Buffer.from(traceId, 'hex'))).toBe(true);
    expect(sent.includes('/nothing-here')).toBe(true);
    expect(sent.includes('breakwater-api')).toBe(true);
  });

  const program = findRedis();
  (program ? it : it.skip)('speaks with Redis', async () => {
    const redis = await startRedisProcess(program ?? '');
    try {
      const env = {
        REDIS_ENABLED: 'true',
        REDIS_HOST: '127.0.0.1',
        REDIS_PORT: String(redis.port),
        REDIS_TLS_ENABLED: 'false',
      };
      await withService(env, async (url) => {
        const ready = async (): Promise<number> => {
          const details = (await (await fetch(`${url}/health/detailed`)).json()) as {
            redis_pool: { ready: number };
          };
          return details.redis_pool.ready;
        };
        const end = performance.now() + 10_000;
        while ((await ready()) < 2 && performance.now() < end)
          await new Promise((resolve) => setTimeout(resolve, 50));
        expect(await ready()).toBe(2);
      });
    } finally {
      redis.dispose();
    }
  });

  it("reads the operator token with the task's credentials", async () => {
    const token = 'Q7'.repeat(24);
    const asked: string[] = [];
    const aws: RequestListener = async (request, response) => {
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      if (request.url === '/credentials')
        return response.end(
          JSON.stringify({
            AccessKeyId: 'AKIATASK',
            SecretAccessKey: 'secret',
            Token: 'session',
            Expiration: new Date(Date.now() + 3_600_000).toISOString(),
          }),
        );
      const { SecretId: id } = (await json(request)) as { SecretId: string };
      const { 'x-amz-target': target, authorization = '' } = request.headers;
      asked.push(`${target} ${id} ${/Credential=(\w+)/.exec(authorization)?.[1]}`);
      return response.end(JSON.stringify({ Name: id, SecretString: JSON.stringify({ token }) }));
    };
    await withServer(aws, (endpoint) =>
      withService(
        {
          ADMIN_TOKEN_SECRET_ID: 'hokusai/development/admin-token',
          AWS_REGION: 'us-east-1',
          AWS_ENDPOINT_URL: endpoint,
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/credentials`,
        },
        async (url) => {
          const statusWith = async (presented: string): Promise<number> =>
            (await fetch(`${url}/admin/breakers`, { headers: { authorization: `Bearer ${presented}` } }))
              .status;
          expect(await statusWith(token)).toBe(200);
          expect(await statusWith('another')).toBe(401);
        },
      ),
    );
    expect(asked[0]).toBe('secretsmanager.GetSecretValue hokusai/development/admin-token AKIATASK');
  });
});
