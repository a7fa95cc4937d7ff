import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';
import { describeService } from '../../service/api-document.ts';
import { type Api, startApi } from './running.ts';

type Json = Record<string, unknown>;

const methods: string[] = [];
let server: FastifyInstance;
let document: Json;
let operations: [name: string, operation: Json][];

beforeAll(async () => {
  const described = await describeService((preparing) => {
    server = preparing;
    preparing.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) if (each !== 'HEAD') methods.push(`${each} ${url}`);
    });
  });
  document = described;
  operations = Object.entries(described.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, found]): [string, Json] => [`${method.toUpperCase()} ${path}`, found]),
  );
});

let api: Api | undefined;
afterEach(async () => {
  await api?.stop('end of the test');
  api = undefined;
});

/** Every object in a value, with where it stands. */
const objectsIn = (value: unknown, at = '#'): [at: string, object: Json][] =>
  typeof value === 'object' && value !== null
    ? [
        [at, value as Json],
        ...Object.entries(value).flatMap(([key, inner]) => objectsIn(inner, `${at}/${key}`)),
      ]
    : [];

/** As the document writes it: the rest of a path that is passed on has a name there. */
const braced = (url: string): string => url.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}');

describe('the OpenAPI document', () => {
  it('I-21 has every route of the service, and no other', () => {
    expect(methods.length).toBeGreaterThan(10);
    const names = operations.map(([name]) => name);
    expect(methods.map(braced).filter((name) => !names.includes(name))).toEqual([]);
    for (const name of names) {
      const [method = '', path = ''] = name.split(' ');
      const url = path.replace(/\{path\}$/, '*').replace(/\{(\w+)\}/g, ':$1');
      expect([name, server.hasRoute({ method: method as 'GET', url })]).toEqual([name, true]);
    }
  });

  it('is served without credentials, and is the one in docs/reference', async () => {
    api = await startApi({});
    const { status, body, headers } = await api.get('/openapi.json');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    const written = new URL('../../docs/reference/openapi.json', import.meta.url);
    expect(body).toEqual(JSON.parse(readFileSync(written, 'utf8')));
    expect(body).toMatchObject({ openapi: '3.1.0', info: { version: 'v1' } });
  });

  it('covers the answer to the load balancer while the service drains', async () => {
    api = await startApi({ SHUTDOWN_DELAY: '1' });
    const stopped = api.stop('SIGTERM');
    const { status, body } = await api.get('/health/alb');
    expect([status, body.status]).toEqual([503, 'draining']);
    await stopped;
  });

  it('says of each operation what it is for, under a name of its own', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const known = (document.tags as { name: string }[]).map(({ name }) => name);
    for (const [name, { operationId, summary, tags, responses }] of operations) {
      expect([name, operationId]).toEqual([name, expect.stringMatching(/^[a-z][A-Za-z0-9]+$/)]);
      expect([name, summary]).toEqual([name, expect.stringMatching(/^[A-Z].+[^.]$/)]);
      expect([name, tags]).toEqual([name, [expect.any(String)]]);
      expect(known).toEqual(expect.arrayContaining(tags as string[]));
      for (const [status, { description }] of Object.entries(responses as Record<string, Json>))
        expect([name, status, description]).toEqual([name, status, expect.stringMatching(/^\S.+\.$/)]);
    }
    const used = operations.flatMap(([, { tags }]) => tags as string[]);
    expect(known.filter((tag) => !used.includes(tag))).toEqual([]);
  });

  it('has a parameter for each name in a path, and for no other', () => {
    for (const [name, { parameters = [] }] of operations) {
      const inPath = (parameters as Json[]).filter((parameter) => parameter.in === 'path');
      const names = [...name.matchAll(/\{([^}]+)\}/g)].map(([, parameter]) => parameter);
      expect([name, inPath.map((parameter) => parameter.name)]).toEqual([name, names]);
      for (const { required } of inPath) expect([name, required]).toEqual([name, true]);
    }
  });

  it('refers only to what it has, and has nothing that nobody refers to', () => {
    const refs = objectsIn(document).flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : []));
    const { schemas, securitySchemes } = document.components as Record<string, Json>;
    const there = Object.keys(schemas ?? {}).map((name) => `#/components/schemas/${name}`);
    expect(refs.filter((one) => !there.includes(one))).toEqual([]);
    expect(there.filter((one) => !refs.includes(one))).toEqual([]);
    for (const [name, { security = [] }] of operations)
      for (const scheme of (security as Json[]).flatMap((needed) => Object.keys(needed)))
        expect([name, Object.keys(securitySchemes ?? {})]).toEqual([name, expect.arrayContaining([scheme])]);
  });

  it('has only schemas without a mistake, and examples that fit them', () => {
    const ajv = new Ajv2020({
      strict: true,
      allowUnionTypes: true,
      keywords: ['components', 'x-slashes'],
      formats: { 'date-time': true },
    });
    const { components } = document;
    const holders = objectsIn(document).filter(([, { schema }]) => typeof schema === 'object');
    expect(holders.length).toBeGreaterThan(50);
    let examples = 0;
    for (const [at, { schema, example }] of holders) {
      const validate = ajv.compile({ ...(schema as Json), components });
      if (example === undefined) continue;
      examples += 1;
      expect([at, validate(example), validate.errors]).toEqual([at, true, null]);
    }
    expect(examples).toBeGreaterThan(8);
    for (const [at, { examples: several, ...schema }] of objectsIn(document))
      for (const one of Array.isArray(several) ? several : [])
        expect([at, ajv.validate({ ...schema, components }, one)]).toEqual([at, true]);
  });

  it('closes every object of an answer, but for evidence and the errors of MLflow', () => {
    const open = objectsIn(document.components)
      .filter(([, { type, additionalProperties }]) => type === 'object' && additionalProperties !== false)
      .map(([at]) => at);
    expect(open).toEqual(['#/schemas/OperatorService/properties/evidence', '#/schemas/MlflowError']);
  });
});
