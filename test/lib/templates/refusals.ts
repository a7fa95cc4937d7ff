import { describe, expect, test } from '@jest/globals';
import { addStacks, chooseEnvironment, createApp } from '../../../lib/app.ts';
import type { Environment } from '../../../lib/environments/index.ts';
import { scratch } from './scratch.ts';

const synthesis = (change: (environment: Environment) => Partial<Environment>) => () => {
  const environment = chooseEnvironment('development', { redis: true });
  addStacks(createApp(scratch()), { ...environment, ...change(environment) });
};

describe('an environment that cannot work is refused at synth', () => {
  test.each<[string, (environment: Environment) => Partial<Environment>, string]>([
    [
      'more tasks than the database has connections for',
      ({ service }) => ({ service: { ...service, maxTasks: 20 } }),
      'The database cannot hold the connections: 20 tasks x 2',
    ],
    [
      'a larger pool than the database has connections for',
      ({ settings }) => ({ settings: { ...settings, DATABASE_POOL_SIZE: 100 } }),
      '(pool 100 + 2 fixed)',
    ],
    [
      'an unknown instance class',
      ({ database }) => ({ database: { ...database, instanceClass: 'db.t9.tiny' as 'db.t3.micro' } }),
      "Unknown instance class 'db.t9.tiny'. Known: db.t3.micro",
    ],
    [
      'one zone',
      ({ network }) => ({ network: { ...network, zones: ['us-east-1a'] } }),
      'names 1 zones; write 2 or 3',
    ],
    ['one cache node', ({ cache }) => ({ cache: { ...cache, nodes: 1 } }), 'The cache has 1 node; write 2'],
    [
      'fewer tasks at most than at least',
      ({ service }) => ({ service: { ...service, minTasks: 3 } }),
      'minTasks 3 and maxTasks 2',
    ],
    [
      'a probe that outlives its function',
      ({ settings }) => ({ settings: { ...settings, PROBE_DEADLINE: 28 } }),
      'PROBE_DEADLINE is 28 s, and the function is stopped after 30 s; write 25 or less',
    ],
    [
      'a setting that does not exist',
      ({ settings }) => ({ settings: { ...settings, DATABASE_POOLSIZE: 5 } }),
      'DATABASE_POOLSIZE: no setting has this name',
    ],
    [
      'an upstream on this machine',
      ({ upstreams }) => ({ upstreams: { ...upstreams, mlflow: 'http://localhost:5000' } }),
      "mlflow: 'http://localhost:5000' is outside the VPC",
    ],
  ])('%s', (_what, change, message) => {
    expect(synthesis(change)).toThrow(message);
  });
});
