import { expect, test } from '@jest/globals';
import { causes } from '../../core/causes/index.ts';
import { encryptionFaults } from './tables/encryption.ts';
import { httpAnswerFaults } from './tables/http-answers.ts';
import { httpTransportFaults } from './tables/http-transport.ts';
import { mlflowFaults } from './tables/mlflow.ts';
import { nameFaults } from './tables/names.ts';
import { networkFaults } from './tables/network.ts';
import { postgresLoginFaults } from './tables/postgres-login.ts';
import { postgresProtocolFaults } from './tables/postgres-protocol.ts';
import { postgresStateFaults } from './tables/postgres-states.ts';
import { postgresUsageFaults } from './tables/postgres-usage.ts';
import { redisClusterFaults } from './tables/redis-cluster.ts';
import { redisProtocolFaults } from './tables/redis-protocol.ts';
import { redisServerFaults } from './tables/redis-server.ts';
import { routeFaults } from './tables/routes.ts';
import { schemaFaults } from './tables/schema.ts';
import { secretFaults } from './tables/secrets.ts';
import { settingsFaults } from './tables/settings.ts';

const all = [
  encryptionFaults,
  httpAnswerFaults,
  httpTransportFaults,
  mlflowFaults,
  nameFaults,
  networkFaults,
  postgresLoginFaults,
  postgresProtocolFaults,
  postgresStateFaults,
  postgresUsageFaults,
  redisClusterFaults,
  redisProtocolFaults,
  redisServerFaults,
  routeFaults,
  schemaFaults,
  secretFaults,
  settingsFaults,
].flat() as { dependency: string; name: string; cause: keyof typeof causes; needs?: string }[];

test('has at least 90 failures, each one row of its dependency, and most without what a machine may lack', () => {
  const names = all.map(({ dependency, name }) => `${dependency}: ${name}`);
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
  expect(names.length).toBeGreaterThanOrEqual(90);
  expect(all.filter(({ needs }) => needs === undefined).length).toBeGreaterThanOrEqual(90);
});

test('has rows for every dependency, and at least 90 faults apart from the same fault of another dependency', () => {
  const perDependency = Map.groupBy(all, ({ dependency }) => dependency);
  for (const dependency of ['postgres', 'redis', 'mlflow', 'auth'])
    expect(perDependency.get(dependency)?.length).toBeGreaterThanOrEqual(30);
  expect(new Set(all.map(({ name }) => name)).size).toBeGreaterThanOrEqual(90);
});

test('expects a name for everything', () => {
  expect(all.filter(({ cause }) => cause === 'UNKNOWN')).toEqual([]);
});

/** Causes that a connectivity check cannot find, by who finds them. */
const foundElsewhere = {
  'the database-name probe': [
    'DATABASE_NAME_MISMATCH',
    'DATABASE_HOST_MISMATCH',
    'DATABASE_USER_MISMATCH',
    'TASK_DEFINITION_DRIFT',
    'SECRET_REFERENCE_BROKEN',
    'UPSTREAM_LOOP',
  ],
  'the network-path probe': ['SECURITY_GROUP_BLOCKS', 'NETWORK_ACL_BLOCKS', 'ROUTE_MISSING'],
  'the capacity probe and the alarms': ['HEADROOM_LOW', 'LOCK_HELD', 'SLOW'],
  'the service, in its statements and its pool': ['STATEMENT_REJECTED', 'POOL_EXHAUSTED'],
  'nobody in a test: this machine would have no socket left for it': ['CLIENT_OUT_OF_SOCKETS'],
  'nobody yet, by definition': ['UNKNOWN'],
};

test('has a row for every cause that a check can find', () => {
  const covered = new Set<string>([
    ...all.map(({ cause }) => cause),
    ...Object.values(foundElsewhere).flat(),
  ]);
  expect(Object.keys(causes).filter((code) => !covered.has(code))).toEqual([]);
});
