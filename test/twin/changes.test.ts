import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { apiNames } from '../../twin/application.ts';
import { type NetworkState, readNetwork, type TaskState } from '../../twin/aws/index.ts';
import { type Changes, createChanges } from '../../twin/changes/index.ts';
import { type FaultTarget, faults } from '../../twin/faults/index.ts';
import { synthesize } from '../../twin/synthesis.ts';
import { type Assembly, createResolver, type Resolve, referenceValues } from '../../twin/template/index.ts';
import { createFixture } from './template-fixture.ts';

const environment = {
  ...{ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ACCESS_KEY_ID: 'twin', AWS_SECRET_ACCESS_KEY: 'twin' },
  ...{ DATABASE_SSL_ROOT_CERT: '', NODE_EXTRA_CA_CERTS: '' },
};
const addresses = {
  postgres: { host: 'localhost', port: 55_432 },
  mlflow: 'http://localhost:5001',
  auth: 'http://localhost:5002',
};

describe('the rules and the recorder of the synthesized stack', () => {
  const directory = mkdtempSync(join(tmpdir(), 'breakwater-changes-'));
  let assembly: Assembly;
  let resolve: Resolve;
  let changes: Changes;
  let target: FaultTarget;

  beforeAll(async () => {
    const { signal } = new AbortController();
    assembly = await synthesize({ environment: 'development', directory, redis: false, signal });
    resolve = createResolver(
      assembly,
      referenceValues(addresses, () => undefined),
    );
    changes = createChanges(assembly, resolve, environment);
    const network: NetworkState = { network: readNetwork(assembly, addresses) };
    const tasks: TaskState = { revisions: [] };
    const parts: Partial<FaultTarget> = { network, tasks, changes, api: apiNames(assembly, resolve) };
    target = parts as FaultTarget;
  }, 60_000);
  afterAll(async () => {
    await changes?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** The lines that come of some work, and the sums of the metrics. */
  const during = async (work: () => Promise<void>) => {
    const before = changes.lines().length;
    changes.take();
    await work();
    const sums: Record<string, number> = {};
    for (const { name, values } of changes.take())
      for (const value of values) sums[name] = (sums[name] ?? 0) + value;
    return { lines: changes.lines().slice(before), sums };
  };

  test.each([
    ['network-acl', ['CreateNetworkAclEntry', 'DeleteNetworkAclEntry'], /DataAcl/],
    ['security-group', ['RevokeSecurityGroupIngress', 'AuthorizeSecurityGroupIngress'], /Groupsdatabase/],
    [
      'database-name',
      ['RegisterTaskDefinition', 'UpdateService', 'UpdateService'],
      /hokusai-api-development/,
    ],
  ] as const)('see who made %s and who repaired it', async (name, actions, what) => {
    const { lines, sums } = await during(async () => {
      const lift = await faults[name].inject(target);
      await lift();
    });
    expect(lines.map(({ action }) => action)).toEqual(actions);
    for (const line of lines)
      expect(line).toMatchObject({
        ...{ how: 'hand', address: '203.0.113.7', Environment: 'development' },
        target: expect.stringMatching(what),
        actor: expect.stringMatching(/assumed-role\/Operator\/somebody@example\.com$/),
      });
    const count = actions.length;
    expect(sums).toMatchObject({ ConfigurationChanges: count, ConfigurationChangesByHand: count });
    expect(sums).toMatchObject({ Invocations: count, Errors: 0 });
    expect(changes.problems()).toEqual([]);
  });

  test.each([
    ['secretsmanager', 'PutSecretValue', { secretId: 'hokusai/development/database/application' }],
    ['rds', 'RebootDBInstance', { dBInstanceIdentifier: 'Hokusai-Development' }],
    ['ecs', 'UpdateService', { cluster: 'arn:aws:ecs:us-east-1:000000000000:cluster/hokusai-development' }],
    ['ssm', 'DeleteParameters', { names: ['/other/x', '/hokusai/development/auth/url'] }],
    ['ec2', 'DeleteVpcEndpoints', { DeleteVpcEndpointsRequest: { VpcEndpointId: { content: 'vpce-1' } } }],
  ])('see %s %s %j', async (service, eventName, requestParameters) => {
    const { lines } = await during(() => changes.record({ service, eventName, requestParameters }));
    expect(lines.map(({ action }) => action)).toEqual([eventName]);
  });

  test.each([
    ['secretsmanager', 'PutSecretValue', { secretId: 'hokusai/production/database/application' }],
    ['secretsmanager', 'GetSecretValue', { secretId: 'hokusai/development/database/application' }],
    ['rds', 'RebootDBInstance', { dBInstanceIdentifier: 'hokusai-development-copy' }],
    ['ecs', 'UpdateService', { cluster: 'hokusai-production' }],
    ['ec2', 'RevokeSecurityGroupIngress', { groupId: 'sg-of-somebody-else' }],
    ['elasticache', 'ModifyReplicationGroup', { replicationGroupId: 'hokusai-development' }],
  ])('leave alone %s %s %j', async (service, eventName, requestParameters) => {
    const { lines, sums } = await during(() => changes.record({ service, eventName, requestParameters }));
    expect([lines, sums]).toEqual([[], {}]);
  });
});

describe('a template', () => {
  const rule = (properties: object) => ({
    data: {
      Resources: {
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: { EventPattern: { source: ['aws.rds'] }, ...properties },
        },
      },
    },
  });

  test.each([
    [
      'an operator that is not known',
      rule({ EventPattern: { a: [{ wildcard: '*' }] } }),
      /rule Rule: .*wildcard/,
    ],
    ['a target that changes the event', rule({ Targets: [{ Arn: 'x', Input: '{}' }] }), /rule Rule: .*Input/],
    [
      'a target that is no function of it',
      rule({ Targets: [{ Arn: 'arn:of:a:queue' }] }),
      /Rule runs arn:of:a:queue/,
    ],
  ])('with %s is refused', (_what, stacks, says) => {
    const fixture = createFixture(stacks);
    expect(() => createChanges(fixture.assembly, fixture.resolve, environment)).toThrow(says);
    fixture.remove();
  });
});
