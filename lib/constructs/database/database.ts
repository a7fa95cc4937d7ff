import { InstanceType, type ISecurityGroup, type IVpc, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CaCertificate,
  Credentials,
  DatabaseInsightsMode,
  DatabaseInstance,
  DatabaseInstanceEngine,
  EngineLifecycleSupport,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { chosenParameters, renderParameters } from '../database-parameters/index.ts';

/** Major version only: RDS forces minor upgrades, and a pinned older minor would then break every deploy. */
export const postgresMajor = 17;

export interface DatabaseProps {
  vpc: IVpc;
  subnets: SubnetSelection;
  securityGroup: ISecurityGroup;
  /** Identifier of the instance; the names of its log groups follow from it. */
  instanceIdentifier: string;
  databaseName: string;
  port: number;
  masterUser: string;
  /** Such as `db.t4g.small`. */
  instanceClass: string;
  /** GiB. */
  storage: { initial: number; limit: number };
  multiAz: boolean;
  deletionProtection: boolean;
  backupDays: number;
  logRetention: RetentionDays;
}

const exportedLogs = ['postgresql', 'upgrade'];

/** The PostgreSQL instance: encrypted, TLS only, private, with a master password that RDS keeps and rotates. */
export class Database extends Construct {
  readonly instance: DatabaseInstance;
  /** Secret of the master user; for the bootstrap function alone. */
  readonly masterSecret: ISecret;

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    // The instance would create them itself, without an end to what they keep.
    const logGroups = exportedLogs.map(
      (log) =>
        new LogGroup(this, `${log}-log`, {
          logGroupName: `/aws/rds/instance/${props.instanceIdentifier}/${log}`,
          retention: props.logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
    );
    const engine = DatabaseInstanceEngine.postgres({
      version: PostgresEngineVersion.of(String(postgresMajor), String(postgresMajor)),
    });
    this.instance = new DatabaseInstance(this, 'Instance', {
      engine,
      vpc: props.vpc,
      vpcSubnets: props.subnets,
      securityGroups: [props.securityGroup],
      instanceIdentifier: props.instanceIdentifier,
      databaseName: props.databaseName,
      port: props.port,
      credentials: Credentials.fromUsername(props.masterUser),
      manageMasterUserPassword: true,
      instanceType: new InstanceType(props.instanceClass.replace(/^db\./, '')),
      allocatedStorage: props.storage.initial,
      maxAllocatedStorage: props.storage.limit,
      storageType: StorageType.GP3,
      storageEncrypted: true,
      multiAz: props.multiAz,
      publiclyAccessible: false,
      deletionProtection: props.deletionProtection,
      removalPolicy: RemovalPolicy.SNAPSHOT,
      backupRetention: Duration.days(props.backupDays),
      copyTagsToSnapshot: true,
      preferredBackupWindow: '07:00-07:30',
      preferredMaintenanceWindow: 'tue:08:00-tue:08:30',
      autoMinorVersionUpgrade: true,
      allowMajorVersionUpgrade: false,
      engineLifecycleSupport: EngineLifecycleSupport.OPEN_SOURCE_RDS_EXTENDED_SUPPORT_DISABLED,
      caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
      parameterGroup: new ParameterGroup(this, 'Parameters', {
        engine,
        description: `Limits and logging of ${props.instanceIdentifier}`,
        parameters: renderParameters(postgresMajor, chosenParameters(postgresMajor)),
      }),
      databaseInsightsMode: DatabaseInsightsMode.STANDARD,
      enablePerformanceInsights: true,
      monitoringInterval: Duration.seconds(60),
      monitoringRole: this.#monitoringRole(),
      cloudwatchLogsExports: exportedLogs,
    });
    this.instance.node.addDependency(...logGroups);
    if (!this.instance.secret) throw new Error('RDS gave no secret for the master user.');
    this.masterSecret = this.instance.secret;
    acknowledge(this.instance, {
      RDS11: 'Clients and operators rely on port 5432; the security group decides who reaches it.',
      ...(props.multiAz ? {} : { RDS3: 'This environment may be away while its one node is replaced.' }),
      ...(props.deletionProtection
        ? {}
        : { RDS10: 'This environment may be torn down; a final snapshot is kept.' }),
    });
  }

  #monitoringRole(): Role {
    const role = new Role(this, 'MonitoringRole', {
      assumedBy: new ServicePrincipal('monitoring.rds.amazonaws.com'),
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonRDSEnhancedMonitoringRole'),
      ],
    });
    acknowledge(role, {
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]':
        'The policy that RDS documents for enhanced monitoring; it reaches the log group RDSOSMetrics only.',
    });
    return role;
  }
}
