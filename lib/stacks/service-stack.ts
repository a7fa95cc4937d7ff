import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { PrivateDnsNamespace } from 'aws-cdk-lib/aws-servicediscovery';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { settingDefinitions } from '../../core/settings/index.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { checkConnectionBudget } from '../constructs/connection-budget/index.ts';
import {
  addCollector,
  collectorEndpoint,
  discoveryName,
  LoadBalancer,
  Migration,
  Service,
  serviceImage,
  Task,
  type TaskProps,
  taskLogging,
} from '../constructs/service/index.ts';
import { discoveryDomain, type Environment, prefixOf } from '../environments/index.ts';
import type { DataStack } from './data-stack.ts';

/** What serves requests: cluster, load balancer, tasks, and the migration that runs before them. */
export class ServiceStack extends Stack {
  readonly service: FargateService;
  readonly cluster: Cluster;
  /** Injects the secrets of the tasks. */
  readonly executionRole: IRole;
  /** Full names of the load balancer and its target groups, as the dimensions of metrics have them. */
  readonly loadBalancer: { name: string; targetGroups: readonly string[] };
  /** Host names under which the service is reached, as the setting SERVICE_HOSTS wants them. */
  readonly hosts: string;
  readonly targetGroupArn: string;

  constructor(scope: Construct, id: string, environment: Environment, data: DataStack) {
    const prefix = prefixOf(environment);
    super(scope, id, {
      stackName: `${prefix}-service`,
      description: `Cluster, load balancer and tasks of ${prefix}`,
      env: { region: environment.region },
    });
    const { project, name, settings, service: plan } = environment;
    checkConnectionBudget({
      instanceClass: environment.database.instanceClass,
      maxTasks: plan.maxTasks,
      poolSize: Number(settings.DATABASE_POOL_SIZE ?? settingDefinitions.DATABASE_POOL_SIZE.default),
    });
    const { vpc } = data;
    const network = { vpc, subnets: data.clientSubnets, securityGroup: data.group(this, 'client') };

    this.cluster = new Cluster(this, 'Cluster', {
      vpc,
      clusterName: prefix,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    const balancer = new LoadBalancer(this, 'LoadBalancer', {
      vpc,
      securityGroup: data.group(this, 'load-balancer'),
      name: prefix,
      port: Number(settings.API_PORT ?? settingDefinitions.API_PORT.default),
      ...this.#certificate(environment),
      deletionProtection: plan.deletionProtection,
      logDays: environment.logDays,
    });

    this.loadBalancer = {
      name: balancer.balancer.loadBalancerFullName,
      targetGroups: [balancer.targetGroup.targetGroupFullName],
    };
    this.targetGroupArn = balancer.targetGroup.targetGroupArn;
    this.executionRole = this.#executionRole(environment);
    this.hosts = `${balancer.balancer.loadBalancerDnsName},${discoveryName}.${discoveryDomain(environment)}`;

    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/ecs/${project}-api-${name}`,
      retention: environment.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const shared = {
      image: serviceImage(plan.image),
      settings: { provided: data.settings, overrides: settings },
      secrets: {
        application: data.applicationSecret,
        cache: data.cacheSecret,
        operator: data.operatorToken,
      },
      executionRole: this.executionRole,
      logGroup,
    } satisfies Partial<TaskProps>;
    const api = new Task(this, 'Api', {
      ...shared,
      settings: {
        provided: {
          ...data.settings,
          ADMIN_TOKEN_SECRET_ID: data.operatorToken.secretArn,
          ...(plan.tracing && { OTEL_EXPORTER_OTLP_ENDPOINT: collectorEndpoint }),
        },
        overrides: settings,
      },
      reader: 'service',
      family: `${project}-api-${name}`,
      containerName: `${project}-api`,
      cpu: plan.cpu,
      memoryMiB: plan.memoryMiB,
    });
    data.queue.grantSendMessages(api.definition.taskRole);
    if (plan.tracing) addCollector(api.definition, taskLogging(logGroup, 'collector'));

    const { service } = new Service(this, 'Service', {
      ...network,
      cluster: this.cluster,
      serviceName: `${project}-api-${name}`,
      task: api,
      targetGroup: balancer.targetGroup,
      namespace: new PrivateDnsNamespace(this, 'Discovery', { name: discoveryDomain(environment), vpc }),
      minTasks: plan.minTasks,
      maxTasks: plan.maxTasks,
    });
    this.service = service;

    const migrate = new Task(this, 'Migrate', {
      ...shared,
      reader: 'migrate',
      family: `${project}-migrate-${name}`,
      containerName: `${project}-migrate`,
      command: ['node', 'migrate.mjs'],
      cpu: 256,
      memoryMiB: 512,
    });
    new Migration(this, 'Migration', {
      ...network,
      functionName: `${prefix}-migration-runner`,
      cluster: this.cluster,
      clusterName: prefix,
      task: migrate,
      before: [service],
      logRetention: environment.logDays,
    });
  }

  /** One role that pulls the image, reads the injected secrets and opens the log stream of both tasks. */
  #executionRole({ service }: Environment): Role {
    const role = new Role(this, 'ExecutionRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: 'Starts the tasks: image, secrets, logs',
    });
    if (!service.image || service.tracing) {
      acknowledge(role, { 'IAM5[Resource::*]': 'ecr:GetAuthorizationToken takes no resource.' });
    }
    return role;
  }

  #certificate({ service: { certificate } }: Environment) {
    if (!certificate) return {};
    const arn =
      'arn' in certificate
        ? certificate.arn
        : StringParameter.valueForStringParameter(this, certificate.parameter);
    return { certificate: Certificate.fromCertificateArn(this, 'Certificate', arn) };
  }
}
