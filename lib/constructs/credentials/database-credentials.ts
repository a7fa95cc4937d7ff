import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { HostedRotation, type ISecret, RotationSchedule, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { Construct, type IDependable } from 'constructs';

export interface DatabaseCredentialsProps {
  secretName: string;
  description: string;
  host: string;
  port: number;
  databaseName: string;
  username: string;
}

export interface RotationProps {
  /** Name of the function that rotates; AWS provides its code. */
  functionName: string;
  vpc: IVpc;
  subnets: SubnetSelection;
  securityGroup: ISecurityGroup;
  /** What must be done before the role exists on the server. */
  after: IDependable;
}

/** Characters that break a connection URL or a shell line when somebody forgets to encode them. */
const avoided = ' %+~`#$&*()|[]{}:;<>?!\'/@"\\';

/**
 * One role's way into the database: a secret with host, port, dbname, username and password, and `engine`,
 * which the rotation function of AWS wants.
 */
export class DatabaseCredentials extends Construct {
  readonly secret: ISecret;

  constructor(scope: Construct, id: string, props: DatabaseCredentialsProps) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      secretName: props.secretName,
      description: props.description,
      generateSecretString: {
        secretStringTemplate: Stack.of(this).toJsonString({
          engine: 'postgres',
          host: props.host,
          port: props.port,
          dbname: props.databaseName,
          username: props.username,
        }),
        generateStringKey: 'password',
        passwordLength: 40,
        excludeCharacters: avoided,
      },
    });
  }

  /** A new password every 30 days. The first one comes with the deployment and is fresh already. */
  rotate({ functionName, vpc, subnets, securityGroup, after }: RotationProps): void {
    const schedule = new RotationSchedule(this, 'Rotation', {
      secret: this.secret,
      hostedRotation: HostedRotation.postgreSqlSingleUser({
        functionName,
        vpc,
        vpcSubnets: subnets,
        securityGroups: [securityGroup],
        excludeCharacters: avoided,
      }),
      automaticallyAfter: Duration.days(30),
      rotateImmediatelyOnUpdate: false,
    });
    schedule.node.addDependency(after);
  }
}
