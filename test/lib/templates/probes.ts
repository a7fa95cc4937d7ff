import { describe, expect, test } from '@jest/globals';
import { allowedActions, ownFunctions, readableSecrets } from './grants.ts';
import { cases, dereferenced, type Json, resourcesOf, theOne } from './synthesized.ts';

describe.each(cases)('probes of %s', (_name, synthesis) => {
  const { environment, templates } = synthesis;
  const template = templates.Observability;
  const functions = ownFunctions(template).map(({ id, Properties }) => ({ id, ...Properties }));
  const probes = functions.filter(({ FunctionName }: Json) => FunctionName.endsWith('-probe'));

  const variablesAndRole = (name: string): { Variables: Json; Role: Json } => {
    const { Environment, Role } = probes.find(({ FunctionName }: Json) =>
      FunctionName.endsWith(name),
    ) as Json;
    return { Variables: Environment.Variables, Role };
  };

  /** The one that must report while the network is down. */
  const outside = (one: Json): boolean => one.FunctionName.endsWith('network-path-probe');

  test('they stand where the tasks stand: same subnets, same group; only the network-path probe outside', () => {
    const service = theOne(templates.Service, 'AWS::ECS::Service');
    const { Subnets, SecurityGroups } = service.Properties.NetworkConfiguration.AwsvpcConfiguration;
    for (const { VpcConfig } of probes.filter((one) => !outside(one))) {
      expect(VpcConfig).toMatchObject({ SubnetIds: Subnets, SecurityGroupIds: SecurityGroups });
    }
    expect(probes.filter(outside).map(({ VpcConfig }) => VpcConfig)).toEqual([undefined]);
    expect(probes).toHaveLength(4);
  });

  test('they run on the Node version that they were built for, and end before the next run', () => {
    for (const { Runtime, Architectures, Timeout, Environment } of probes) {
      expect([Runtime, Architectures]).toEqual(['nodejs24.x', ['arm64']]);
      expect(Timeout).toBeGreaterThan(Number(Environment.Variables.PROBE_DEADLINE));
      expect(Timeout).toBeLessThan(60);
    }
  });

  test('each has its schedule, and a run that comes too late is not made up for', () => {
    const rules = resourcesOf(template, 'AWS::Events::Rule');
    const schedules = rules
      .filter(({ Properties }) => Properties.ScheduleExpression)
      .map(({ Properties }) => [
        Properties.Targets[0].Arn['Fn::GetAtt'][0].replace(/Probe.*/, ''),
        Properties.ScheduleExpression,
        Properties.Targets[0].RetryPolicy,
      ]);
    const policy = { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 };
    expect(schedules).toEqual([
      ['Connectivity', 'rate(1 minute)', policy],
      ['DatabaseName', 'rate(5 minutes)', policy],
      ['Capacity', 'rate(1 minute)', policy],
      ['NetworkPath', 'rate(15 minutes)', policy],
    ]);
    const configurations = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig');
    for (const probe of probes) {
      const own = configurations.filter(({ Properties }) => Properties.FunctionName.Ref === probe.id);
      expect(own.map(({ Properties }) => Properties)).toMatchObject([
        { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      ]);
    }
    expect(configurations).toHaveLength(functions.length);
  });

  test('they get the id of a secret, never what is in it', () => {
    for (const probe of probes) {
      const names = Object.keys(probe.Environment.Variables);
      // The network-path probe logs in nowhere.
      expect(names.some((name) => /SECRET_ID$/.test(name))).toBe(!outside(probe));
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

  test('the database-name probe knows the names of the service, and asks IAM only where IAM can be reached', () => {
    const { Variables, Role } = variablesAndRole('database-name-probe');
    const domain = `${environment.project}-${environment.name}.local`;
    expect(Variables.DISCOVERY_NAMESPACE).toBe(domain);
    expect(Variables.SERVICE_HOSTS['Fn::Join'][1].at(-1)).toBe(`,api.${domain}`);
    expect(JSON.stringify(Variables.SERVICE_HOSTS)).toContain('DNSName');
    const asks = allowedActions(template, Role).includes('iam:SimulatePrincipalPolicy');
    const reaches = environment.network.egress !== 'endpoints';
    expect([asks, 'ECS_EXECUTION_ROLE' in Variables]).toEqual([reaches, reaches]);
  });

  test('the capacity probe logs in as its own role, and is not told how the service does', () => {
    const { Variables, Role } = variablesAndRole('capacity-probe');
    expect(Object.keys(Variables).filter((name) => /USER|SECRET_ID$/.test(name))).toEqual([
      'CAPACITY_PROBE_SECRET_ID',
    ]);
    expect(readableSecrets(template, Role)).toEqual([JSON.stringify(Variables.CAPACITY_PROBE_SECRET_ID)]);
    const id = dereferenced(synthesis, Variables.CAPACITY_PROBE_SECRET_ID).Ref;
    expect(templates.Data.Resources[id]?.Properties.Name).toMatch(/\/database\/capacity-probe$/);
    expect(Variables.CAPACITY_HEADROOM_PERCENT).toBe('20');
  });

  test('the network-path probe knows subnets and groups by reference, and may only look', () => {
    const { Variables, Role } = variablesAndRole('network-path-probe');
    const service = theOne(templates.Service, 'AWS::ECS::Service');
    const { Subnets, SecurityGroups } = service.Properties.NetworkConfiguration.AwsvpcConfiguration;
    const [, parts] = Variables.NETWORK_CLIENT_SUBNETS['Fn::Join'];
    expect(parts.filter((part: Json) => part !== ',')).toEqual(Subnets);
    expect([Variables.NETWORK_CLIENT_SECURITY_GROUP]).toEqual(SecurityGroups);
    const database = theOne(templates.Data, 'AWS::RDS::DBInstance').Properties.VPCSecurityGroups;
    expect([dereferenced(synthesis, Variables.NETWORK_DATABASE_SECURITY_GROUP)]).toEqual(database);
    expect('NETWORK_CACHE_SECURITY_GROUP' in Variables).toBe(environment.cache.enabled);
    const ec2 = allowedActions(template, Role).filter((action) => action.startsWith('ec2:'));
    expect(ec2.length).toBe(7);
    expect(ec2.filter((action) => !/^ec2:(Describe|Get)/.test(action))).toEqual([]);
  });
});
