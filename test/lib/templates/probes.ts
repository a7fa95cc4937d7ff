import { describe, expect, test } from '@jest/globals';
import { ownFunctions } from './grants.ts';
import { cases, type Json, resourcesOf, theOne } from './synthesized.ts';

describe.each(cases)('probes of %s', (_name, { environment, templates }) => {
  const template = templates.Observability;
  const probes = ownFunctions(template).map(({ id, Properties }) => ({ id, ...Properties }));

  test('they stand where the tasks stand: same subnets, same group', () => {
    const service = theOne(templates.Service, 'AWS::ECS::Service');
    const { Subnets, SecurityGroups } = service.Properties.NetworkConfiguration.AwsvpcConfiguration;
    for (const { VpcConfig } of probes) {
      expect(VpcConfig).toMatchObject({ SubnetIds: Subnets, SecurityGroupIds: SecurityGroups });
    }
    expect(probes).toHaveLength(2);
  });

  test('they run on the Node version that they were built for, and end before the next run', () => {
    for (const { Runtime, Architectures, Timeout, Environment } of probes) {
      expect([Runtime, Architectures]).toEqual(['nodejs24.x', ['arm64']]);
      expect(Timeout).toBeGreaterThan(Number(Environment.Variables.PROBE_DEADLINE));
      expect(Timeout).toBeLessThan(60);
    }
  });

  test('each has its schedule, and a run that comes too late is not made up for', () => {
    const schedules = resourcesOf(template, 'AWS::Events::Rule').map(({ Properties }) => [
      Properties.Targets[0].Arn['Fn::GetAtt'][0].replace(/Probe.*/, ''),
      Properties.ScheduleExpression,
      Properties.Targets[0].RetryPolicy,
    ]);
    const policy = { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 };
    expect(schedules).toEqual([
      ['Connectivity', 'rate(1 minute)', policy],
      ['DatabaseName', 'rate(5 minutes)', policy],
    ]);
    for (const { Properties } of resourcesOf(template, 'AWS::Lambda::EventInvokeConfig')) {
      expect(Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    }
    expect(resourcesOf(template, 'AWS::Lambda::EventInvokeConfig')).toHaveLength(2);
  });

  test('they get the id of a secret, never what is in it', () => {
    for (const { Environment } of probes) {
      const names = Object.keys(Environment.Variables);
      expect(names).toContain('DATABASE_SECRET_ID');
      expect(names.filter((name) => /PASSWORD|TOKEN$|_KEY$/.test(name))).toEqual([]);
    }
  });

  test('metrics leave through the log: no role may put metrics', () => {
    expect(JSON.stringify(templates)).not.toContain('cloudwatch:PutMetricData');
  });

  test('the database-name probe knows instance, cluster and service by reference', () => {
    const { Variables } = probes.find(({ FunctionName }: Json) =>
      FunctionName.endsWith('database-name-probe'),
    )?.Environment ?? { Variables: {} };
    for (const name of ['DATABASE_INSTANCE_ID', 'ECS_CLUSTER', 'ECS_SERVICE']) {
      expect(Object.keys(Variables[name] ?? {})).toEqual(['Fn::GetStackOutput']);
    }
    expect(Variables.ENVIRONMENT).toBe(environment.name);
  });
});
