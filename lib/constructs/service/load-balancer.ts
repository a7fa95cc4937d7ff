import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  type IListenerCertificate,
  ListenerAction,
  ListenerCondition,
  Protocol,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

export interface LoadBalancerProps {
  vpc: IVpc;
  securityGroup: ISecurityGroup;
  name: string;
  /** Port that the tasks listen on. */
  port: number;
  /** Turns HTTPS on; plain HTTP then only redirects. */
  certificate?: IListenerCertificate;
  deletionProtection: boolean;
  /** Days that access logs are kept. */
  logDays: number;
}

/**
 * How the load balancer judges a task. The path looks at the task's own process only, so a shared dependency
 * that is down can never take targets away.
 */
export const healthCheck = {
  path: '/health/alb',
  /** A stopped task is noticed after 3 x 10 = 30 s; draining tasks are deregistered by ECS itself, at once. */
  interval: Duration.seconds(10),
  /** The path answers within milliseconds; 4 s leaves room for a paused process, and is below half the interval. */
  timeout: Duration.seconds(4),
  /** A new task takes traffic after one passed check; one that was unhealthy again after 2 x 10 = 20 s. */
  healthyThresholdCount: 2,
  /** One or two lost answers, such as a long garbage collection, do not drop a task. */
  unhealthyThresholdCount: 3,
  /** Exactly what the path answers. */
  healthyHttpCodes: '200',
} as const;

/**
 * Operator routes. They change what the service does, so they are reached inside the VPC only, under the name
 * of the tasks; to the public listener they do not exist. The bearer token is asked for as well.
 */
const operatorPaths = ['/admin', '/admin/*'];

/** Requests in flight may finish for this long; the longest one, a proxied MLflow call, takes 30 s. */
export const deregistrationDelay = Duration.seconds(30);

/** A public load balancer with access logs and one target group for the tasks. */
export class LoadBalancer extends Construct {
  readonly balancer: ApplicationLoadBalancer;
  readonly targetGroup: ApplicationTargetGroup;
  readonly listener: ApplicationListener;

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id);
    this.balancer = new ApplicationLoadBalancer(this, 'Balancer', {
      vpc: props.vpc,
      loadBalancerName: props.name,
      internetFacing: true,
      securityGroup: props.securityGroup,
      deletionProtection: props.deletionProtection,
      dropInvalidHeaderFields: true,
    });
    this.balancer.logAccessLogs(this.#logs(props.logDays));
    this.targetGroup = new ApplicationTargetGroup(this, 'Tasks', {
      vpc: props.vpc,
      port: props.port,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      healthCheck: { ...healthCheck, protocol: Protocol.HTTP },
      deregistrationDelay,
    });
    // `open` would let the listener add rules of its own; the network model has them.
    const { balancer: loadBalancer, targetGroup } = this;
    if (props.certificate) {
      this.listener = new ApplicationListener(this, 'Https', {
        loadBalancer,
        port: 443,
        protocol: ApplicationProtocol.HTTPS,
        certificates: [props.certificate],
        defaultTargetGroups: [targetGroup],
        open: false,
      });
      loadBalancer.addRedirect({ open: false });
    } else {
      this.listener = new ApplicationListener(this, 'Http', {
        loadBalancer,
        port: 80,
        protocol: ApplicationProtocol.HTTP,
        defaultTargetGroups: [targetGroup],
        open: false,
      });
    }
    this.listener.addAction('OperatorRoutes', {
      priority: 1,
      conditions: [ListenerCondition.pathPatterns(operatorPaths)],
      // What the service itself answers on a path that it does not have.
      action: ListenerAction.fixedResponse(404, {
        contentType: 'application/json',
        messageBody: JSON.stringify({ detail: 'Not Found' }),
      }),
    });
  }

  #logs(days: number): Bucket {
    return new Bucket(this, 'AccessLogs', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // The load balancer can write to no bucket with a customer's key.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      serverAccessLogsPrefix: 'bucket/',
      lifecycleRules: [{ expiration: Duration.days(days) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
