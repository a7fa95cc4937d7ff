import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { bundleOf } from '../../bundles.ts';
import { acknowledge } from '../acknowledge.ts';

/** Where a function stands when it must reach what is in the VPC. */
export interface FunctionNetwork {
  vpc: IVpc;
  subnets: SubnetSelection;
  securityGroup: ISecurityGroup;
}

export interface BundledFunctionProps {
  /** Folder in `lambdas/`. */
  bundle: string;
  functionName: string;
  description: string;
  environment: Readonly<Record<string, string>>;
  /** At most 15 minutes. */
  timeout: Duration;
  logRetention: RetentionDays;
  network?: FunctionNetwork;
  tracing?: boolean;
  /** MiB; also decides the share of a processor. */
  memorySize?: number;
  /** Where its lines go; `/aws/lambda/` and its name unless given. */
  logGroupName?: string;
  /**
   * For a function that must not miss an event. Others run once, because a late run would answer a question that
   * nobody asks any more.
   */
  again?: { attempts: 1 | 2; maxAge: Duration };
}

/** What a function in a VPC needs before it can be created at all (AWS Lambda, execution role for VPC access). */
const networkInterfaceActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** A function of `lambdas/` with a role, a log group and grants of its own. */
export class BundledFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      logGroupName: props.logGroupName ?? `/aws/lambda/${props.functionName}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Role of ${props.functionName}`,
    });
    this.logGroup.grantWrite(this.role);
    const { network } = props;
    if (network) {
      this.role.addToPolicy(
        new PolicyStatement({ effect: Effect.ALLOW, actions: networkInterfaceActions, resources: ['*'] }),
      );
    }
    if (network || props.tracing) {
      acknowledge(this.role, {
        'IAM5[Resource::*]':
          'Network interfaces of a function, and X-Ray segments, have no resource that could be named.',
      });
    }
    this.function = new LambdaFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      code: Code.fromAsset(bundleOf(props.bundle)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout,
      role: this.role,
      logGroup: this.logGroup,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      retryAttempts: props.again?.attempts ?? 0,
      maxEventAge: props.again?.maxAge ?? Duration.seconds(60),
      ...(network && {
        vpc: network.vpc,
        vpcSubnets: network.subnets,
        securityGroups: [network.securityGroup],
      }),
    });
  }
}
