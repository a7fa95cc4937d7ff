import { describe, expect, test } from '@jest/globals';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { App, Stack } from 'aws-cdk-lib/core';
import { Alarms, connectivityRows, functionTimeout, LoadBalancer, Probe } from '../../../lib/index.ts';
import { missingGrants } from './grants.ts';
import { scratch } from './scratch.ts';
import { resourcesOf, type Template } from './synthesized.ts';

const vpcOf = (stack: Stack) =>
  Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    publicSubnetIds: ['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2'],
    privateSubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'],
  });

const templateOf = (stack: Stack): Template =>
  (App.of(stack) as App).synth().getStackByName(stack.stackName).template;

const newStack = () =>
  new Stack(new App({ outdir: scratch(), builtinCloudFormationValidation: false }), 'Adopted', {
    env: { region: 'us-east-1' },
  });

describe('on what exists already', () => {
  const stack = newStack();
  const secret = Secret.fromSecretCompleteArn(
    stack,
    'Secret',
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf',
  );
  new Probe(stack, 'Probe', {
    probe: 'connectivity-probe',
    functionName: 'their-probe',
    everyMinutes: 1,
    network: {
      vpc: vpcOf(stack),
      subnets: { subnetGroupName: 'Private' },
      securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Client', 'sg-0123456789abcdef0'),
    },
    settings: {
      provided: {
        ENVIRONMENT: 'production',
        DATABASE_HOST: 'db.example.com',
        DATABASE_NAME: 'orders',
        DATABASE_USER: 'app',
        DATABASE_SECRET_ID: secret.secretArn,
        MLFLOW_TRACKING_URI: 'https://mlflow.example.com',
        AUTH_SERVICE_URL: 'https://auth.example.com',
      },
    },
    secrets: [secret],
    logRetention: 30,
  });
  const topic = Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:123456789012:on-call');
  new Alarms(stack, 'Alarms', {
    name: 'theirs',
    environment: 'production',
    topics: { page: topic, ticket: topic },
    rows: connectivityRows({
      dependencies: ['postgres'],
      certificates: ['postgres'],
      functions: { connectivity: 'their-probe' },
      probeTimeout: functionTimeout,
    }),
  });
  const template = templateOf(stack);

  test('the probe runs in the given network, with a sufficient role', () => {
    const [probe] = resourcesOf(template, 'AWS::Lambda::Function');
    expect(probe?.Properties.VpcConfig).toMatchObject({
      SecurityGroupIds: ['sg-0123456789abcdef0'],
      SubnetIds: ['subnet-0bbbbbbbbbbbbbbb1', 'subnet-0bbbbbbbbbbbbbbb2'],
    });
    expect(missingGrants(template)).toEqual([]);
  });

  test('nothing else is created: no network, no database, no rule in the given group', () => {
    const types = new Set(Object.values(template.Resources).map(({ Type }) => Type.split('::')[1]));
    expect([...types].sort()).toEqual(['CloudWatch', 'Events', 'IAM', 'Lambda', 'Logs']);
  });

  test('the alarms go to the given topic', () => {
    const actions = resourcesOf(template, 'AWS::CloudWatch::Alarm').flatMap(
      ({ Properties }) => Properties.AlarmActions,
    );
    expect(new Set(actions)).toEqual(new Set(['arn:aws:sns:us-east-1:123456789012:on-call']));
  });
});

test('a load balancer stands in a given network', () => {
  const stack = newStack();
  new LoadBalancer(stack, 'LoadBalancer', {
    vpc: vpcOf(stack),
    securityGroup: SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0'),
    name: 'theirs',
    port: 8001,
    deletionProtection: false,
    logDays: 7,
  });
  expect(resourcesOf(templateOf(stack), 'AWS::ElasticLoadBalancingV2::LoadBalancer')).toHaveLength(1);
});
