import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Annotations, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { settingDefinitions } from '../../core/settings/index.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { Alarms, alarmRows, compositeRows, type Watched } from '../constructs/alarms/index.ts';
import { ChangeAudit } from '../constructs/audit/index.ts';
import { availableConnections } from '../constructs/connection-budget/index.ts';
import { type AlarmsByCondition, Dashboard } from '../constructs/dashboard/index.ts';
import { MessageOperations } from '../constructs/messages/index.ts';
import { Notifications } from '../constructs/notifications/index.ts';
import { functionTimeout, Probe, type ProbeProps } from '../constructs/probe/index.ts';
import { denseSeries } from '../cost/index.ts';
import { dependenciesOf, discoveryDomain, type Environment, prefixOf } from '../environments/index.ts';
import type { DataStack } from './data-stack.ts';
import type { ServiceStack } from './service-stack.ts';

/**
 * Days that reports of probes are kept: one a minute, which nobody reads after a quarter. What was changed, and who
 * was told, is kept as long as everything else.
 */
const probeLogDays = ({ logDays }: Environment): 7 | 30 | 90 => (logDays > 90 ? 90 : logDays) as 7 | 30 | 90;

/** What watches: the probes, their alarms, and whom they tell; and what those who are told look after messages with. */
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
    const probing = {
      network: shared.network,
      tracing: environment.probeTracing ?? false,
      logRetention: probeLogDays(environment),
    };
    const names = {
      connectivity: `${prefix}-connectivity-probe`,
      databaseName: `${prefix}-database-name-probe`,
      capacity: `${prefix}-capacity-probe`,
      networkPath: `${prefix}-network-path-probe`,
    };
    new Probe(this, 'Connectivity', {
      ...probing,
      probe: 'connectivity-probe',
      functionName: names.connectivity,
      everyMinutes: 1,
      settings: { provided: data.settings, overrides: environment.settings },
      secrets: [data.applicationSecret, ...(data.cacheSecret ? [data.cacheSecret] : [])],
    });
    this.#databaseName(environment, data, api, { ...probing, functionName: names.databaseName });
    new Probe(this, 'Capacity', {
      ...probing,
      probe: 'capacity-probe',
      functionName: names.capacity,
      everyMinutes: 1,
      settings: {
        provided: { ...data.settings, CAPACITY_PROBE_SECRET_ID: data.capacityProbeSecret.secretArn },
        overrides: environment.settings,
      },
      secrets: [data.capacityProbeSecret],
    });
    const carriedByCache = environment.settings.MESSAGE_QUEUE_TYPE === 'redis';
    new MessageOperations(this, 'MessageOperations', {
      ...shared,
      functionName: `${prefix}-message-operations`,
      settings: {
        provided: { ...data.settings, MESSAGE_OPERATIONS_SECRET_ID: data.messageOperationsSecret.secretArn },
        overrides: environment.settings,
      },
      secrets: [
        data.messageOperationsSecret,
        ...(carriedByCache && data.cacheSecret ? [data.cacheSecret] : []),
      ],
    });
    const networkPath = this.#networkPath(environment, data, {
      functionName: names.networkPath,
      clientGroup: shared.network.securityGroup,
      tracing: probing.tracing,
      logRetention: probing.logRetention,
    });
    const { project, name } = environment;
    new ChangeAudit(this, 'Changes', {
      name: prefix,
      environment: name,
      ...(environment.audit && { trail: environment.audit.trail }),
      logRetention: environment.logDays,
      watched: {
        dataStack: data.stackName,
        database: prefix,
        ...(environment.cache.enabled && { cache: prefix }),
        path: `${project}/${name}`,
        cluster: prefix,
        taskFamilies: [`${project}-api-${name}`, `${project}-migrate-${name}`],
        loadBalancer: prefix,
        targetGroup: api.targetGroupArn,
        network: data.networkParts,
      },
    });
    const { page, webhookSecret, runbooks } = environment.alerts;
    const nobody = page.length === 0;
    if (nobody && webhookSecret === undefined)
      Annotations.of(this).addWarningV2(
        'breakwater:nobody-is-paged',
        `Nobody is paged: alerts.page of ${name} names no address and alerts.webhookSecret no secret. Name an address in lib/environments/${name}.ts, or subscribe to ${prefix}-page-delivery yourself.`,
      );
    if (nobody && webhookSecret !== undefined)
      Annotations.of(this).addWarningV2(
        'breakwater:only-a-chat-is-paged',
        `Only a chat is paged: alerts.page of ${name} names no address. An alarm about the notifier itself, and what the notifier fails to take, reach nobody. Name one in lib/environments/${name}.ts, or subscribe to ${prefix}-page-delivery yourself.`,
      );
    const { topics, delivery } = new Notifications(this, 'Notifications', {
      name: prefix,
      recipients: environment.alerts,
      notifier: {
        probes: Object.values(names),
        ...(webhookSecret !== undefined && {
          webhookSecret: Secret.fromSecretNameV2(this, 'Webhook', webhookSecret),
        }),
        ...(runbooks !== undefined && { runbooks }),
        ...{ settings: environment.settings, tracing: shared.tracing, logRetention: shared.logRetention },
      },
    });
    const watched = this.#watched(environment, api, {
      ...names,
      notifier: `${prefix}-alarm-notifier`,
      changeRecorder: `${prefix}-change-recorder`,
    });
    const { alarms } = new Alarms(this, 'Alarms', {
      name: prefix,
      environment: environment.name,
      topics,
      delivery,
      investigator: networkPath.function,
      rows: alarmRows(watched),
      composites: compositeRows(watched),
      switches: environment.alarms,
      maintenance: environment.maintenance,
    });
    this.#dashboard(environment, data, api, alarms);
  }

  /** The page that the person looks at who was woken. */
  #dashboard(environment: Environment, data: DataStack, api: ServiceStack, alarms: AlarmsByCondition): void {
    const prefix = prefixOf(environment);
    const { cache, service, database, settings, alerts } = environment;
    new Dashboard(this, 'Dashboard', {
      name: prefix,
      environment: environment.name,
      dependencies: dependenciesOf(environment),
      alarms,
      customMetrics: denseSeries(environment),
      ...(alerts.runbooks !== undefined && { runbooksUrl: alerts.runbooks }),
      // What was changed in AWS, and what operators did to the service.
      changeLogs: [`/breakwater/${prefix}/changes`, `/ecs/${environment.project}-api-${environment.name}`],
      service: {
        clusterName: api.cluster.clusterName,
        serviceName: api.service.serviceName,
        minTasks: service.minTasks,
        messages:
          settings.MESSAGE_QUEUE_TYPE === 'redis'
            ? { type: 'redis' }
            : { type: 'sqs', queueName: data.queue.queueName },
      },
      database: {
        instanceIdentifier: data.instance.instanceIdentifier,
        connectionLimit: availableConnections(database.instanceClass),
      },
      ...(cache.enabled && { cache: { replicationGroupId: prefix, nodes: cache.nodes } }),
      loadBalancer: {
        fullName: api.loadBalancer.name,
        targetGroupFullNames: api.loadBalancer.targetGroups,
      },
    });
  }

  /** What the catalogue of alarms derives its thresholds from. */
  #watched(environment: Environment, api: ServiceStack, functions: Watched['functions']): Watched {
    const { cache, database, name, project, service, settings, upstreams } = environment;
    const prefix = prefixOf(environment);
    const number = (setting: 'CAPACITY_HEADROOM_PERCENT' | 'DATABASE_POOL_SIZE'): number =>
      Number(settings[setting] ?? settingDefinitions[setting].default);
    return {
      dependencies: dependenciesOf(environment),
      certificates: ['postgres', ...(upstreams.auth.startsWith('https:') ? (['auth'] as const) : [])],
      functions,
      probeTimeout: functionTimeout,
      headroomPercent: number('CAPACITY_HEADROOM_PERCENT'),
      database: {
        identifier: prefix,
        instanceClass: database.instanceClass,
        storageGib: database.storage.initial,
      },
      // ElastiCache numbers the nodes of a replication group.
      ...(cache.enabled && { cache: { clusterId: `${prefix}-001` } }),
      transport: settings.MESSAGE_QUEUE_TYPE as Watched['transport'],
      service: {
        cluster: prefix,
        name: `${project}-api-${name}`,
        minTasks: service.minTasks,
        poolSize: number('DATABASE_POOL_SIZE'),
      },
      loadBalancer: api.loadBalancer,
      topics: {
        page: { alarms: `${prefix}-page`, people: `${prefix}-page-delivery` },
        ticket: { alarms: `${prefix}-ticket`, people: `${prefix}-ticket-delivery` },
      },
    };
  }

  /** The network-path probe: it explains a path that is down, and so stands outside of it. */
  #networkPath(
    environment: Environment,
    data: DataStack,
    {
      clientGroup,
      ...shared
    }: Pick<ProbeProps, 'functionName' | 'tracing' | 'logRetention'> & {
      clientGroup: ISecurityGroup;
    },
  ): Probe {
    const probe = new Probe(this, 'NetworkPath', {
      ...shared,
      probe: 'network-path-probe',
      everyMinutes: 15,
      settings: {
        provided: {
          ...data.settings,
          DISCOVERY_NAMESPACE: discoveryDomain(environment),
          NETWORK_CLIENT_SUBNETS: data.vpc.selectSubnets(data.clientSubnets).subnetIds.join(','),
          NETWORK_CLIENT_SECURITY_GROUP: clientGroup.securityGroupId,
          NETWORK_DATABASE_SECURITY_GROUP: data.group(this, 'database').securityGroupId,
          ...(environment.cache.enabled && {
            NETWORK_CACHE_SECURITY_GROUP: data.group(this, 'cache').securityGroupId,
          }),
        },
        overrides: environment.settings,
      },
      secrets: [],
      statements: networkPathActions.map((action) => allow(action, '*')),
    });
    if (!shared.tracing) {
      acknowledge(probe.role, {
        'IAM5[Resource::*]': 'EC2 describes all or nothing: its calls take no resource.',
      });
    }
    return probe;
  }

  /** The database-name probe, which also compares the running task with the contract and with what was deployed. */
  #databaseName(
    environment: Environment,
    data: DataStack,
    api: ServiceStack,
    shared: Pick<ProbeProps, 'functionName' | 'network' | 'tracing' | 'logRetention'>,
  ): void {
    const { partition, region } = this;
    const cluster = prefixOf(environment);
    const tasks = this.formatArn({ service: 'ecs', resource: 'task', resourceName: `${cluster}/*` });
    // IAM has an endpoint of its own in one region only: a network without a way out does not reach it.
    const reachesIam = environment.network.egress !== 'endpoints';
    const { role } = new Probe(this, 'DatabaseName', {
      ...shared,
      probe: 'database-name-probe',
      everyMinutes: 5,
      settings: {
        provided: {
          ...data.settings,
          DATABASE_INSTANCE_ID: data.instance.instanceIdentifier,
          ECS_CLUSTER: api.cluster.clusterName,
          ECS_SERVICE: api.service.serviceName,
          SERVICE_HOSTS: api.hosts,
          DISCOVERY_NAMESPACE: discoveryDomain(environment),
          ...(reachesIam && { ECS_EXECUTION_ROLE: api.executionRole.roleArn }),
        },
        overrides: environment.settings,
      },
      secrets: [data.applicationSecret],
      statements: [
        allow('rds:DescribeDBInstances', data.instance.instanceArn),
        allow('ecs:DescribeServices', api.service.serviceArn),
        // Both take no resource; the finding is accepted with the network interfaces of the role.
        allow('ecs:DescribeTaskDefinition', '*'),
        allow('ecs:ListTasks', '*', { ArnEquals: { 'ecs:cluster': api.cluster.clusterArn } }),
        allow('ecs:DescribeTasks', tasks),
        // Whether it is there; what is in it, the service alone may read.
        ...(data.cacheSecret ? [allow('secretsmanager:DescribeSecret', data.cacheSecret.secretArn)] : []),
        ...(reachesIam ? [allow('iam:SimulatePrincipalPolicy', api.executionRole.roleArn)] : []),
      ],
    });
    acknowledge(role, {
      [`IAM5[Resource::arn:${partition}:ecs:${region}:<AWS::AccountId>:task/${cluster}/*]`]:
        'The identifiers of tasks are known only while they run; the cluster is fixed.',
    });
  }
}

/** What the network-path probe reads; it changes nothing. */
const networkPathActions = [
  'ec2:DescribeManagedPrefixLists',
  'ec2:DescribeNetworkAcls',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:GetManagedPrefixListEntries',
];

const allow = (action: string, resource: string, conditions = {}): PolicyStatement =>
  new PolicyStatement({ effect: Effect.ALLOW, actions: [action], resources: [resource], conditions });
