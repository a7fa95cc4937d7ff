import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, startApi } from '../service/running.ts';

const root = new URL('../../', import.meta.url).pathname;
const pages = globSync('runbooks/*.md', { cwd: root }).map((page) => ({
  page,
  text: readFileSync(join(root, page), 'utf8'),
}));

const field = (value: unknown, name: string): unknown =>
  (value as Record<string, unknown> | undefined)?.[name];

/** As much of jq as the runbooks need: fields, a slice, an object of fields. More is to be written here first. */
const step = (program: string, value: unknown): unknown => {
  const names = /^\{([a-z_, ]+)\}$/.exec(program)?.[1]?.split(',');
  if (names) return Object.fromEntries(names.map((name) => [name.trim(), field(value, name.trim())]));
  const [, path, from] = /^((?:\.[a-z_]+)+)(?:\[(-\d+):\])?$/.exec(program) ?? [];
  if (!path) throw new Error(`this test does not know how to run jq '${program}'`);
  const found = path.slice(1).split('.').reduce(field, value);
  return from ? (found as unknown[]).slice(Number(from)) : found;
};
const jq = (program: string, value: unknown): unknown =>
  program.split('|').reduce((found, part) => step(part.trim(), found), value);

const commands = pages.flatMap(({ page, text }) =>
  [...text.matchAll(/"\$SERVICE_URL(\/[a-z/]+)" \| jq '([^']+)'/g)].map(
    ([, path = '', program = '']) => [page, path, program] as const,
  ),
);

/** Where a sentence tells of the details, what else it has in code style and looks like a path is one in them. */
const told = pages.flatMap(({ page, text }) =>
  text
    .split('\n')
    .filter((line) => line.includes('`/health/detailed`'))
    .flatMap((line) => [...line.matchAll(/`([a-z_]+(?:\.(?:NAME|[a-z_]+))*)`/g)])
    .map(([, path = '']) => [page, path] as const),
);

/** A service whose every dependency is away, and one of whose breakers an operator holds open. */
let api: Api;
beforeAll(async () => {
  api = await startApi({ REDIS_ENABLED: 'true', REDIS_HOST: '127.0.0.1', REDIS_PORT: '9' });
  await api.until('/health/detailed', ({ body }) =>
    Object.values(body.details as Record<string, { cause?: string }>).every(({ cause }) => cause),
  );
  api.breakers.get('mlflow')?.holdOpen('test', 'a runbook');
});
afterAll(() => api?.stop('end of the tests'));

describe('the runbooks', () => {
  it('ask the service, and tell of its answers', () => {
    expect([commands.length > 2, told.length > 4]).toEqual([true, true]);
  });

  it.each(commands)('%s: %s | jq %s gives something', async (_page, path, program) => {
    const found = jq(program, (await api.get(path)).body);
    expect(found).toBeDefined();
    expect(Object.values(found as object)).not.toContain(undefined);
    expect(Object.values(found as object)).not.toHaveLength(0);
  });

  it.each(told)('%s: %s is in the details', async (_page, path) => {
    const { body } = await api.get('/health/detailed');
    const paths = path.includes('NAME')
      ? Object.keys(body.details).map((name) => path.replace('NAME', name))
      : [path];
    expect(paths.filter((one) => one.split('.').reduce(field, body) === undefined)).toEqual([]);
  });
});
