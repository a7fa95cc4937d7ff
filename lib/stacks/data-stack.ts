import { type ISecurityGroup, type IVpc, SecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IDatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { GroupParty } from '../../core/network/index.ts';
import { settingDefinitions } from '../../core/settings/index.ts';
import type { NetworkParts } from '../constructs/audit/index.ts';
import { Bootstrap } from '../constructs/bootstrap/index.ts';
import { RedisCache } from '../constructs/cache/index.ts';
import { DatabaseCredentials, OperatorToken } from '../constructs/credentials/index.ts';
import { Database } from '../constructs/database/index.ts';
import { MessageQueue } from '../constructs/messages/index.ts';
import {
  checkUpstreams,
  DataSubnetAcl,
  environmentFlows,
  InterfaceEndpoints,
  Network,
  SecurityGroups,
  UpstreamAddresses,
} from '../constructs/network/index.ts';
import type { Settings } from '../constructs/settings/index.ts';
import { type Environment, prefixOf } from '../environments/index.ts';

const databasePort = settingDefinitions.DATABASE_PORT.default;
const cachePort = settingDefinitions.REDIS_PORT.default;

/** What keeps its content: network, database, cache and queue. */
export class DataStack extends Stack {
  readonly vpc: IVpc;
  readonly clientSubnets: SubnetSelection;
  readonly instance: IDatabaseInstance;
  readonly applicationSecret: ISecret;
  readonly capacityProbeSecret: ISecret;
  readonly messageOperationsSecret: ISecret;
  /** Absent when there is no cache. */
  readonly cacheSecret: ISecret | undefined;
  /** Here, so that it outlives the service's stack: operators keep it in their own places. */
  readonly operatorToken: ISecret;
  readonly queue: IQueue;
  /** Ids of what decides who reaches whom. */
  readonly networkParts: NetworkParts;
  /** What this stack knows of the settings: references, so that each has one source. */
  readonly settings: Settings;
  readonly #groups: SecurityGroups;

  constructor(scope: Construct, id: string, environment: Environment) {
    const prefix = prefixOf(environment);
    super(scope, id, {
      stackName: `${prefix}-data`,
      description: `Network, database, cache and queue of ${prefix}`,
      env: { region: environment.region },
      terminationProtection: true,
    });
    checkUpstreams(environment);
    const path = `${environment.project}/${environment.name}`;

    const network = this.#network(environment, prefix);
    const { vpc } = network;
    this.vpc = vpc;
    this.clientSubnets = network.clientSubnets;
    const modelled = environmentFlows(environment);
    this.#groups = new SecurityGroups(this, 'Groups', {
      vpc,
      vpcCidr: environment.network.cidr,
      name: prefix,
      flows: modelled,
    });
    const fence = new DataSubnetAcl(this, 'DataAcl', {
      vpc,
      flows: modelled,
      clientSubnets: network.subnets(network.clientSubnets),
      dataSubnets: network.dataSubnets,
    });
    this.networkParts = {
      vpc: vpc.vpcId,
      groups: this.#groups.ids,
      // Client and public subnets have the one that the VPC comes with.
      acls: [fence.acl.networkAclId, vpc.vpcDefaultNetworkAcl],
      routeTables: network.routeTableIds,
    };
    const wayOut =
      environment.network.egress === 'endpoints'
        ? [
            new InterfaceEndpoints(this, 'Endpoints', {
              vpc,
              subnets: network.clientSubnets,
              securityGroup: this.#groups.of('aws-endpoints'),
            }),
          ]
        : [];

    const database = new Database(this, 'Database', {
      vpc,
      subnets: network.dataSubnets,
      securityGroup: this.#groups.of('database'),
      instanceIdentifier: prefix,
      databaseName: environment.database.name,
      port: databasePort,
      logRetention: environment.logDays,
      ...environment.database,
    });
    this.instance = database.instance;

    const credentials = (name: string, username: string, description: string) =>
      new DatabaseCredentials(this, `${name}-credentials`, {
        secretName: `${path}/database/${name}`,
        description,
        host: database.instance.instanceEndpoint.hostname,
        port: database.instance.instanceEndpoint.port,
        databaseName: environment.database.name,
        username,
      });
    const application = credentials('application', environment.database.user, 'Role of the service');
    const capacityProbe = credentials('capacity-probe', 'breakwater_capacity', 'Role of the capacity probe');
    // Migrations grant to this name.
    const messageOperations = credentials(
      'message-operations',
      'breakwater_operations',
      'Role of those who look after messages',
    );
    this.applicationSecret = application.secret;
    this.capacityProbeSecret = capacityProbe.secret;
    this.messageOperationsSecret = messageOperations.secret;

    const cache = environment.cache.enabled
      ? new RedisCache(this, 'Cache', {
          vpc,
          subnets: network.dataSubnets,
          securityGroup: this.#groups.of('cache'),
          replicationGroupId: prefix,
          secretName: `${path}/redis/auth-token`,
          port: cachePort,
          nodeType: environment.cache.nodeType,
          nodes: environment.cache.nodes,
        })
      : undefined;
    this.cacheSecret = cache?.secret;
    this.operatorToken = new OperatorToken(this, 'OperatorToken', {
      secretName: `${path}/admin-token`,
      description: 'Bearer token for the operator routes of the service',
    }).secret;
    this.queue = new MessageQueue(this, 'Messages', { queueName: `${prefix}-model-ready` }).queue;
    const upstreams = new UpstreamAddresses(this, 'Upstreams', { path, ...environment.upstreams });

    this.settings = {
      ENVIRONMENT: environment.name,
      DATABASE_HOST: database.instance.instanceEndpoint.hostname,
      DATABASE_PORT: database.instance.dbInstanceEndpointPort,
      DATABASE_NAME: environment.database.name,
      DATABASE_USER: environment.database.user,
      DATABASE_SECRET_ID: application.secret.secretArn,
      REDIS_ENABLED: environment.cache.enabled,
      ...(cache && {
        REDIS_HOST: cache.host,
        REDIS_PORT: cache.port,
        REDIS_AUTH_TOKEN_SECRET_ID: cache.secret.secretArn,
      }),
      MLFLOW_TRACKING_URI: upstreams.mlflow,
      AUTH_SERVICE_URL: upstreams.auth,
      MESSAGE_QUEUE_URL: this.queue.queueUrl,
    };

    const client = { vpc, subnets: network.clientSubnets, securityGroup: this.#groups.of('client') };
    const bootstrap = new Bootstrap(this, 'Bootstrap', {
      functionName: `${prefix}-bootstrap`,
      network: client,
      settings: { provided: this.settings, overrides: environment.settings },
      secrets: {
        master: database.masterSecret,
        application: application.secret,
        capacityProbe: capacityProbe.secret,
        messageOperations: messageOperations.secret,
      },
      after: [database, network, this.#groups, fence, ...wayOut],
      logRetention: environment.logDays,
    });
    const roles = {
      application,
      'capacity-probe': capacityProbe,
      'message-operations': messageOperations,
    };
    for (const [name, role] of Object.entries(roles)) {
      role.rotate({ functionName: `${prefix}-rotate-${name}`, ...client, after: bootstrap.run });
    }
  }

  #network({ network, logDays }: Environment, name: string): Network {
    return new Network(this, 'Network', { name, logRetention: logDays, ...network });
  }

  /**
   * The security group of a party, for another stack: its rules are complete here and nothing may add to
   * them there.
   */
  group(scope: Construct, party: GroupParty): ISecurityGroup {
    return SecurityGroup.fromSecurityGroupId(
      scope,
      `group-${party}`,
      this.#groups.of(party).securityGroupId,
      {
        mutable: false,
      },
    );
  }
}
