import { expect, test } from '@jest/globals';
import { overlaps } from '../../core/network/index.ts';
import { checkConnectionBudget } from '../../lib/constructs/connection-budget/index.ts';
import { discoveryDomain, environmentNamed, environmentNames } from '../../lib/environments/index.ts';

test('there are three, and an unknown one is answered with their names', () => {
  expect(environmentNames).toEqual(['development', 'staging', 'production']);
  expect(() => environmentNamed('prod')).toThrow(
    "Unknown environment 'prod'. Known: development, staging, production.",
  );
  expect(() => environmentNamed('toString')).toThrow('Unknown environment');
});

test('each is known by its own name', () => {
  for (const name of environmentNames) expect(environmentNamed(name).name).toBe(name);
});

test('their networks do not overlap, so that they can be peered', () => {
  const ranges = environmentNames.map((name) => environmentNamed(name).network.cidr);
  for (const [index, range] of ranges.entries()) {
    for (const other of ranges.slice(index + 1)) expect(overlaps(range, other)).toBe(false);
  }
});

test('each names its discovery domain as project-environment.local', () => {
  for (const name of environmentNames) {
    const environment = environmentNamed(name);
    expect(discoveryDomain(environment)).toBe(`hokusai-${name}.local`);
    expect(new URL(environment.upstreams.mlflow).hostname).toBe(`mlflow.hokusai-${name}.local`);
  }
});

test('production holds its data twice, in three zones, and cannot be deleted by mistake', () => {
  const { database, network, cache, service } = environmentNamed('production');
  expect(database).toMatchObject({ multiAz: true, deletionProtection: true });
  expect(network.zones).toHaveLength(3);
  expect(cache.enabled).toBe(true);
  expect(service).toMatchObject({ deletionProtection: true, certificate: expect.anything() });
});

test('one environment works without any way to the internet', () => {
  expect(environmentNames.map((name) => environmentNamed(name).network.egress)).toContain('endpoints');
});

test('no environment can exhaust its database, also not while it is deployed', () => {
  for (const name of environmentNames) {
    const { database, service, settings } = environmentNamed(name);
    const poolSize = Number(settings.DATABASE_POOL_SIZE ?? 10);
    expect(() =>
      checkConnectionBudget({ instanceClass: database.instanceClass, maxTasks: service.maxTasks, poolSize }),
    ).not.toThrow();
  }
});
