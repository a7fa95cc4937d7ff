import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { AvailabilityZoneRebalancing, FargateService, type ICluster } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { DnsRecordType, type INamespace } from 'aws-cdk-lib/aws-servicediscovery';
import { Duration, Tags } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { deployedRevisionTag } from '../../../core/drift/index.ts';
import type { Task } from './task.ts';

/** Name of the service under its namespace. */
export const discoveryName = 'api';

export interface ServiceProps {
  cluster: ICluster;
  vpc: IVpc;
  subnets: SubnetSelection;
  securityGroup: ISecurityGroup;
  serviceName: string;
  task: Task;
  targetGroup: ApplicationTargetGroup;
  /** Where the service is found inside the VPC, as `api.<namespace>`. */
  namespace: INamespace;
  minTasks: number;
  maxTasks: number;
}

/** Headroom for the time that a new task needs: image, start and two health checks, about a minute. */
const targetCpuPercent = 60;

/** Requests a minute for one task, a third of what one handles. */
const requestsPerTask = 1_000;

/** The tasks behind the load balancer: replaced without a gap, rolled back when they do not get healthy. */
export class Service extends Construct {
  readonly service: FargateService;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    const { minTasks, maxTasks, targetGroup } = props;
    if (minTasks < 1 || maxTasks < minTasks) {
      throw new RangeError(
        `The service has minTasks ${minTasks} and maxTasks ${maxTasks}; write 1 or more, and maxTasks not below minTasks.`,
      );
    }
    this.service = new FargateService(this, 'Service', {
      cluster: props.cluster,
      serviceName: props.serviceName,
      taskDefinition: props.task.definition,
      vpcSubnets: props.subnets,
      securityGroups: [props.securityGroup],
      assignPublicIp: false,
      // No desiredCount: a deployment must not undo what scaling has decided.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED,
      // Start (30 s at most), and the first checks with room for lost ones (30 s).
      healthCheckGracePeriod: Duration.seconds(60),
      cloudMapOptions: {
        cloudMapNamespace: props.namespace,
        name: discoveryName,
        dnsRecordType: DnsRecordType.A,
        dnsTtl: Duration.seconds(10),
      },
      enableExecuteCommand: false,
    });
    // What the stack deployed, for whoever compares it with what runs. A change by hand does not touch it.
    Tags.of(this.service).add(deployedRevisionTag, props.task.definition.taskDefinitionArn, {
      includeResourceTypes: ['AWS::ECS::Service'],
    });
    this.service.attachToApplicationTargetGroup(targetGroup);
    const scaling = this.service.autoScaleTaskCount({ minCapacity: minTasks, maxCapacity: maxTasks });
    const cooldowns = { scaleOutCooldown: Duration.seconds(60), scaleInCooldown: Duration.minutes(5) };
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: targetCpuPercent, ...cooldowns });
    scaling.scaleOnRequestCount('Requests', {
      targetGroup,
      requestsPerTarget: requestsPerTask,
      ...cooldowns,
    });
  }
}
