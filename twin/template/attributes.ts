import type { TemplateResource } from './assembly.ts';
import { account, arn, partition, region } from './identity.ts';
import type { ReferenceValues, Resolve } from './resolver.ts';

export interface Address {
  host: string;
  port: number;
}

/** Where the twin's own servers are: the only thing that differs from a deployed stack. */
export interface TwinAddresses {
  postgres: Address;
  redis?: Address;
  mlflow: string;
  auth: string;
}

interface Answer {
  resource: TemplateResource;
  /** A property with its references resolved. */
  property(name: string): unknown;
  /** The name given in the template, else one made of stack and logical id as CloudFormation does. */
  named(property: string): string;
  resolve: Resolve;
  addresses: TwinAddresses;
}

type Attributes = Record<string, (answer: Answer) => unknown>;

/** SSM parameters that tell where an upstream is: the end of the name, and what the twin puts there. */
const upstreams: Record<string, (addresses: TwinAddresses) => string> = {
  '/mlflow/tracking-uri': ({ mlflow }) => mlflow,
  '/auth/url': ({ auth }) => auth,
};

/** Leads to nothing on this machine, and never away from it: the twin has no queue in this form. */
const queueUrl = (name: string): string => `http://127.0.0.1:9/${account}/${name}`;

const redisOf = ({ addresses, resource }: Answer): Address => {
  if (addresses.redis) return addresses.redis;
  throw new Error(
    `${resource.stack.name}: ${resource.logicalId} is in the template, but no Redis runs here.`,
  );
};

const named = (property: string, service: string, prefix: string): Attributes => ({
  Ref: (answer) => answer.named(property),
  Arn: (answer) => arn(service, `${prefix}${answer.named(property)}`),
});

/** Secrets Manager appends six characters to a name; the same ones for the same secret each time. */
const secretArn = (answer: Answer): string => arn('secretsmanager', `secret:${answer.named('Name')}-Twin00`);

/** Ids of load balancers are 16 hexadecimal digits that say nothing. */
const opaqueId = '0'.repeat(16);

/** The names by which metrics of a load balancer are told apart. */
const balancerName = (answer: Answer): string => `app/${answer.named('Name')}/${opaqueId}`;
const targetGroupName = (answer: Answer): string => `targetgroup/${answer.named('Name')}/${opaqueId}`;
const balancerArn = (answer: Answer): string =>
  arn('elasticloadbalancing', `loadbalancer/${balancerName(answer)}`);
const targetGroupArn = (answer: Answer): string => arn('elasticloadbalancing', targetGroupName(answer));
/** It carries the load balancer's name, which templates take out of it. */
const listenerArn = ({ property, resource: { logicalId } }: Answer): string =>
  `${String(property('LoadBalancerArn')).replace(':loadbalancer/', ':listener/')}/${logicalId}`;

export const masterSecretName = (instance: string): string => `rds!db-${instance}`;

/** What `Ref` and `Fn::GetAtt` give, by type of resource and attribute. */
const attributes: Record<string, Attributes> = {
  'AWS::RDS::DBInstance': {
    Ref: (answer) => answer.named('DBInstanceIdentifier'),
    DBInstanceArn: (answer) => arn('rds', `db:${answer.named('DBInstanceIdentifier')}`),
    DbiResourceId: (answer) => `db-${answer.resource.logicalId.toUpperCase()}`,
    'Endpoint.Address': ({ addresses }) => addresses.postgres.host,
    'Endpoint.Port': ({ addresses }) => `${addresses.postgres.port}`,
    'MasterUserSecret.SecretArn': (answer) =>
      arn('secretsmanager', `secret:${masterSecretName(answer.named('DBInstanceIdentifier'))}-Twin00`),
  },
  'AWS::SecretsManager::Secret': { Ref: secretArn, Id: secretArn },
  'AWS::SecretsManager::SecretTargetAttachment': { Ref: ({ property }) => property('SecretId') },
  'AWS::SSM::Parameter': {
    Ref: (answer) => answer.named('Name'),
    Type: ({ property }) => property('Type'),
    Value: (answer) => {
      const name = answer.named('Name');
      const upstream = Object.keys(upstreams).find((end) => name.endsWith(end));
      return upstream === undefined ? answer.property('Value') : upstreams[upstream]?.(answer.addresses);
    },
  },
  'AWS::ElastiCache::ReplicationGroup': {
    Ref: (answer) => answer.named('ReplicationGroupId'),
    'PrimaryEndPoint.Address': (answer) => redisOf(answer).host,
    'PrimaryEndPoint.Port': (answer) => `${redisOf(answer).port}`,
  },
  'AWS::SQS::Queue': {
    Ref: (answer) => queueUrl(answer.named('QueueName')),
    QueueName: (answer) => answer.named('QueueName'),
    QueueUrl: (answer) => queueUrl(answer.named('QueueName')),
    Arn: (answer) => arn('sqs', answer.named('QueueName')),
  },
  'AWS::SNS::Topic': {
    Ref: (answer) => arn('sns', answer.named('TopicName')),
    TopicArn: (answer) => arn('sns', answer.named('TopicName')),
    TopicName: (answer) => answer.named('TopicName'),
  },
  'AWS::ECS::Cluster': named('ClusterName', 'ecs', 'cluster/'),
  'AWS::ECS::TaskDefinition': {
    Ref: (answer) => arn('ecs', `task-definition/${answer.named('Family')}:1`),
    TaskDefinitionArn: (answer) => arn('ecs', `task-definition/${answer.named('Family')}:1`),
  },
  'AWS::ECS::Service': {
    Ref: (answer) => serviceArn(answer),
    ServiceArn: (answer) => serviceArn(answer),
    Name: (answer) => answer.named('ServiceName'),
  },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    Ref: balancerArn,
    LoadBalancerArn: balancerArn,
    LoadBalancerFullName: balancerName,
    LoadBalancerName: (answer) => answer.named('Name'),
    // A name that no name server outside of this machine is asked for (RFC 6761).
    DNSName: (answer) => `${answer.named('Name')}.elb.localhost`,
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    Ref: targetGroupArn,
    TargetGroupArn: targetGroupArn,
    TargetGroupFullName: targetGroupName,
    TargetGroupName: (answer) => answer.named('Name'),
  },
  'AWS::ElasticLoadBalancingV2::Listener': { Ref: listenerArn, ListenerArn: listenerArn },
  'AWS::Lambda::Function': named('FunctionName', 'lambda', 'function:'),
  'AWS::Logs::LogGroup': named('LogGroupName', 'logs', 'log-group:'),
  'AWS::IAM::Role': {
    Ref: (answer) => answer.named('RoleName'),
    Arn: (answer) => `arn:${partition}:iam::${account}:role/${answer.named('RoleName')}`,
  },
  'AWS::Events::Rule': named('Name', 'events', 'rule/'),
  'AWS::CloudWatch::Alarm': named('AlarmName', 'cloudwatch', 'alarm:'),
  'AWS::CloudWatch::CompositeAlarm': named('AlarmName', 'cloudwatch', 'alarm:'),
  // Its id, which the model of the network gives it too.
  'AWS::EC2::VPC': {
    DefaultNetworkAcl: ({ resource: { stack, logicalId } }) => `${stack.name}-${logicalId}.DefaultNetworkAcl`,
  },
  'AWS::KMS::Key': {
    Ref: ({ resource }) => resource.logicalId,
    KeyId: ({ resource }) => resource.logicalId,
    Arn: ({ resource }) => arn('kms', `key/${resource.logicalId}`),
  },
};

const serviceArn = (answer: Answer): string => {
  const cluster = String(answer.property('Cluster') ?? 'default')
    .split('/')
    .at(-1);
  return arn('ecs', `service/${cluster}/${answer.named('ServiceName')}`);
};

/** Types whose ids are opaque: nothing in the twin looks into them. */
const opaque = /^AWS::(EC2|ElasticLoadBalancingV2|ServiceDiscovery|S3|ECR)::/;

const pseudoParameters: Record<string, unknown> = {
  'AWS::Region': region,
  'AWS::AccountId': account,
  'AWS::Partition': partition,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** The twin's answers to references: names as in the template, addresses of its own servers. */
export const referenceValues = (
  addresses: TwinAddresses,
  dynamic: (reference: string) => string | undefined,
): ReferenceValues => ({
  attribute: (resource, attribute, resolve) => {
    const { stack, type, logicalId, properties } = resource;
    const property = (name: string): unknown => resolve(properties[name], stack);
    const answer: Answer = {
      resource,
      property,
      named: (name) => String(property(name) ?? `${stack.name}-${logicalId}`),
      resolve,
      addresses,
    };
    const known = attributes[type]?.[attribute];
    if (known) return known(answer);
    return opaque.test(type) && /^Ref$|Id$/.test(attribute) ? `${stack.name}-${logicalId}` : undefined;
  },
  pseudo: (name, stack) => (name === 'AWS::StackName' ? stack.name : pseudoParameters[name]),
  dynamic,
});
