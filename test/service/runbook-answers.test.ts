/** What the runbooks tell people to look for is what a service answers and logs. */
import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Api, type Surroundings, startApi, startSurroundings } from './running.ts';

const root = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const runbooks = globSync('runbooks/*.md', { cwd: root }).map(read).join('\n');

let around: Surroundings;
let api: Api;

/** Answers by path, of a service that has lost PostgreSQL and Redis. */
const answers: Record<string, unknown> = {};

beforeAll(async () => {
  around = await startSurroundings();
  const noRedis = { REDIS_ENABLED: 'true', REDIS_HOST: '127.0.0.1', REDIS_PORT: '1' };
  api = await startApi({ ...around.env, ...noRedis, REDIS_TLS_ENABLED: 'false' });
  await api.until('/health', ({ body }) => body.services.postgres === 'healthy');
  await around.postgres.refuse();
  around.postgres.cut();
  await api.until('/health', ({ body }) => body.services.postgres === 'unhealthy');
  for (const path of ['/health/detailed', '/health/history']) answers[path] = (await api.get(path)).body;
});
afterAll(async () => {
  await api?.stop('end of the test');
  await around?.dispose();
});

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const follow = (value: unknown, path: string): unknown => path.split('.').filter(Boolean).reduce(at, value);

/** The little of jq that the runbooks use: a path, with a slice behind it, or an object of fields. */
const missingIn = (answer: unknown, program: string): string[] => {
  const fields = /^\{([\w, ]+)\}$/.exec(program)?.[1]?.split(/, */);
  const paths = fields ?? [/^\.([\w.]+)(\[-?\d*:-?\d*\])?$/.exec(program)?.[1] ?? program];
  return paths.filter((path) => follow(answer, path) === undefined);
};

it('every program for jq finds what it asks for', () => {
  const programs = [...runbooks.matchAll(/curl -s "\$SERVICE_URL(\/health\/\w+)" \| jq '([^']+)'/g)];
  expect(programs.length).toBeGreaterThanOrEqual(2);
  expect(programs.flatMap(([, path = '', program = '']) => missingIn(answers[path], program))).toEqual([]);
});

it('every field that is named beside the path of an answer is in it', () => {
  const named = runbooks.split('\n\n').flatMap((paragraph) => {
    const path = Object.keys(answers).find((known) => paragraph.includes(`\`${known}\``));
    const spans = [...paragraph.matchAll(/`([a-z_]+(?:\.[A-Za-z_]+)*)`/g)].map(([, field = '']) => field);
    return path ? spans.map((field) => [path, field.replace('NAME', 'postgres')] as const) : [];
  });
  expect(named.length).toBeGreaterThanOrEqual(4);
  expect(named.filter(([path, field]) => follow(answers[path], field) === undefined)).toEqual([]);
});

it('every line of the log that is quoted is one that the program writes', () => {
  const source = globSync('{service,core,lambdas}/**/*.ts', { cwd: root }).map(read).join('\n');
  const quoted = [...runbooks.matchAll(/\bthe line "([^"]+)"/g)].map(([, text = '']) => text);
  expect(quoted).toContain('request failed');
  expect(quoted.filter((text) => !source.includes(`'${text}'`))).toEqual([]);
});
