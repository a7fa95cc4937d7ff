import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Dependency } from '../../core/checks/index.ts';
import { Alarms, connectivityAlarms, databaseNameAlarms } from '../constructs/alarms/index.ts';
import { Notifications } from '../constructs/notifications/index.ts';
import { Probe } from '../constructs/probe/index.ts';
import { type Environment, prefixOf } from '../environments/index.ts';
import type { DataStack } from './data-stack.ts';
import type { ServiceStack } from './service-stack.ts';

const watched = ({ cache }: Environment): Dependency[] => [
  'postgres',
  ...(cache.enabled ? (['redis'] as const) : []),
  'mlflow',
  'auth',
];

/** What watches: the probes, their alarms, and whom they tell. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, environment: Environment, data: DataStack, api: ServiceStack) {
    const prefix = prefixOf(environment);
    super(scope, id, {
      stackName: `${prefix}-observability`,
      description: `Probes and alarms of ${prefix}`,
      env: { region: environment.region },
    });
    const shared = {
      network: {
        vpc: data.vpc,
        subnets: data.clientSubnets,
        securityGroup: data.group(this, 'client'),
      },
      tracing: environment.service.tracing,
      logRetention: environment.logDays,
    };
    const names = {
      connectivity: `${prefix}-connectivity-probe`,
      databaseName: `${prefix}-database-name-probe`,
    };
    new Probe(this, 'Connectivity', {
      ...shared,
      probe: 'connectivity-probe',
      functionName: names.connectivity,
      everyMinutes: 1,
      settings: { provided: data.settings, overrides: environment.settings },
      secrets: [data.applicationSecret, ...(data.cacheSecret ? [data.cacheSecret] : [])],
    });
    new Probe(this, 'DatabaseName', {
      ...shared,
      probe: 'database-name-probe',
      functionName: names.databaseName,
      everyMinutes: 5,
      settings: {
        provided: {
          ...data.settings,
          DATABASE_INSTANCE_ID: data.instance.instanceIdentifier,
          ECS_CLUSTER: api.cluster.clusterName,
          ECS_SERVICE: api.service.serviceName,
        },
        overrides: environment.settings,
      },
      secrets: [data.applicationSecret],
      statements: [
        allow('rds:DescribeDBInstances', data.instance.instanceArn),
        allow('ecs:DescribeServices', api.service.serviceArn),
        // Takes no resource; the finding is accepted with the network interfaces of the role.
        allow('ecs:DescribeTaskDefinition', '*'),
      ],
    });
    const { topics } = new Notifications(this, 'Notifications', {
      name: prefix,
      recipients: environment.alerts,
    });
    new Alarms(this, 'Alarms', {
      name: prefix,
      environment: environment.name,
      topics,
      rows: [
        ...connectivityAlarms(watched(environment), names.connectivity),
        ...databaseNameAlarms(names.databaseName),
      ],
    });
  }
}

const allow = (action: string, resource: string): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions: [action], resources: [resource] });
