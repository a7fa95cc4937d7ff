import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { CfnReplicationGroup, CfnSubnetGroup } from 'aws-cdk-lib/aws-elasticache';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export interface RedisCacheProps {
  vpc: IVpc;
  subnets: SubnetSelection;
  securityGroup: ISecurityGroup;
  replicationGroupId: string;
  secretName: string;
  nodeType: string;
  /** Nodes, the primary included; 2 or more fail over by themselves. */
  nodes: number;
  port: number;
}

/** Redis with TLS and a token. */
export class RedisCache extends Construct {
  /** Host name of the primary node, also after a failover. */
  readonly host: string;
  /** Its port, as a reference. */
  readonly port: string;
  /** Key `auth_token`. */
  readonly secret: ISecret;

  constructor(scope: Construct, id: string, props: RedisCacheProps) {
    super(scope, id);
    if (props.nodes < 2) {
      throw new RangeError(
        `The cache has ${props.nodes} node; write 2 or more, so that one may fail, or turn the cache off.`,
      );
    }
    this.secret = new Secret(this, 'Secret', {
      secretName: props.secretName,
      description: `Token of ${props.replicationGroupId}`,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'auth_token',
        // ElastiCache takes 16 to 128 printable characters, and of the others only some.
        excludePunctuation: true,
        passwordLength: 64,
      },
    });
    acknowledge(this.secret, {
      SMG4: 'ElastiCache has no rotation by Secrets Manager; the token is rotated by hand with SET, then ROTATE.',
    });
    const subnetGroup = new CfnSubnetGroup(this, 'Subnets', {
      description: `Data subnets for ${props.replicationGroupId}`,
      subnetIds: props.vpc.selectSubnets(props.subnets).subnetIds,
    });
    const group = new CfnReplicationGroup(this, 'Group', {
      replicationGroupId: props.replicationGroupId,
      replicationGroupDescription: `Redis of ${Stack.of(this).stackName}`,
      engine: 'redis',
      engineVersion: '7.1',
      cacheNodeType: props.nodeType,
      numCacheClusters: props.nodes,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      port: props.port,
      cacheSubnetGroupName: subnetGroup.ref,
      // No parameter group: that of ElastiCache evicts only what has an expiry (volatile-lru), which lists have not.
      securityGroupIds: [props.securityGroup.securityGroupId],
      transitEncryptionEnabled: true,
      atRestEncryptionEnabled: true,
      authToken: this.secret.secretValueFromJson('auth_token').unsafeUnwrap(),
      autoMinorVersionUpgrade: true,
      snapshotRetentionLimit: 1,
      preferredMaintenanceWindow: 'tue:09:00-tue:10:00',
      snapshotWindow: '06:00-07:00',
    });
    group.applyRemovalPolicy(RemovalPolicy.SNAPSHOT);
    acknowledge(group, { AEC5: 'Clients and operators rely on port 6379; the security group decides.' });
    this.host = group.attrPrimaryEndPointAddress;
    this.port = group.attrPrimaryEndPointPort;
  }
}
