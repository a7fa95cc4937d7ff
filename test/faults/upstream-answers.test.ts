import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answering, type HttpWorld, startHttpWorld } from './worlds/http-world.ts';

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld();
});
afterAll(async () => {
  for (const dispose of world.disposables) await dispose();
});

const causeOf = async (dependency: 'mlflow' | 'auth', status: number) =>
  (await world.check(dependency, await world.serve(answering({ status })))).cause;

test('I-83 each status of an upstream has a cause of its own', async () => {
  const statuses = [302, 401, 403, 404, 421, 422, 429, 500, 502, 504];
  const causes = await Promise.all(statuses.map((status) => causeOf('mlflow', status)));
  expect(new Set(causes).size).toBe(statuses.length);
});

test('I-97 an outage of auth, its limit and a bad key are not taken for each other', async () => {
  const late = await world.serve(() => undefined);
  expect(await causeOf('auth', 401)).toBe('API_KEY_REJECTED');
  expect(await causeOf('auth', 429)).toBe('RATE_LIMITED');
  expect(await causeOf('auth', 500)).toBe('UPSTREAM_ERROR');
  expect((await world.check('auth', late, {}, 0.3)).cause).toBe('RESPONSE_TIMEOUT');
});
