import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { BundledFunction } from '../function/index.ts';
import type { Task } from './task.ts';

export interface MigrationProps {
  functionName: string;
  cluster: ICluster;
  /** Literal name of the cluster. */
  clusterName: string;
  task: Task;
  vpc: IVpc;
  subnets: SubnetSelection;
  securityGroup: ISecurityGroup;
  /** What may be created or changed only after the database has its new form. */
  before: readonly Construct[];
  logRetention: RetentionDays;
}

/** Runs the migration task once in every deployment that changes it, and fails the deployment when it fails. */
export class Migration extends Construct {
  constructor(scope: Construct, id: string, props: MigrationProps) {
    super(scope, id);
    const { definition } = props.task;
    const { function: handler, role } = new BundledFunction(this, 'Runner', {
      bundle: 'migration-runner',
      functionName: props.functionName,
      description: 'Runs the migration task and waits for its end',
      environment: {
        ECS_CLUSTER: props.cluster.clusterName,
        MIGRATION_TASK_DEFINITION: definition.taskDefinitionArn,
        MIGRATION_SUBNETS: props.vpc.selectSubnets(props.subnets).subnetIds.join(','),
        MIGRATION_SECURITY_GROUPS: props.securityGroup.securityGroupId,
      },
      timeout: Duration.minutes(14),
      memorySize: 256,
      logRetention: props.logRetention,
    });
    const allow = (actions: string[], resources: string[], conditions = {}) =>
      role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions }));
    allow(['ecs:RunTask'], [definition.taskDefinitionArn], {
      ArnEquals: { 'ecs:cluster': props.cluster.clusterArn },
    });
    const tasks = Stack.of(this).formatArn({
      service: 'ecs',
      resource: 'task',
      resourceName: `${props.clusterName}/*`,
    });
    allow(['ecs:DescribeTasks'], [tasks]);
    allow(['iam:PassRole'], [definition.taskRole.roleArn, definition.obtainExecutionRole().roleArn], {
      StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
    });
    const { region, partition } = Stack.of(this);
    acknowledge(role, {
      [`IAM5[Resource::arn:${partition}:ecs:${region}:<AWS::AccountId>:task/${props.clusterName}/*]`]:
        'The identifier of the task is known only once it runs; the cluster is fixed.',
    });
    new Trigger(this, 'Run', {
      handler,
      timeout: Duration.minutes(15),
      executeAfter: [props.task],
      executeBefore: [...props.before],
    });
  }
}
