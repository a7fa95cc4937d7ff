import { DescribeTasksCommand, type ECSClient, RunTaskCommand, type Task } from '@aws-sdk/client-ecs';

/** Where and what to run; names as in the environment of the function. */
export interface MigrationTarget {
  cluster: string;
  taskDefinition: string;
  subnets: string[];
  securityGroups: string[];
}

/** Time, as arguments: milliseconds since any fixed point, and a pause of so many milliseconds. */
export interface Clock {
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

const pollInterval = 5_000;

/** Why a stopped task was not a success, or nothing. A container that never ran has no exit code. */
const failureOf = ({ containers = [], stopCode, stoppedReason }: Task): string | undefined => {
  const failed = containers.find(({ exitCode }) => exitCode !== 0);
  if (!failed && containers.length > 0) return undefined;
  const exit = failed?.exitCode === undefined ? 'no exit code' : `exit code ${failed.exitCode}`;
  return [stopCode, exit, failed?.reason, stoppedReason].filter(Boolean).join('; ');
};

/**
 * Runs the migration task once and waits until it has stopped.
 * @param deadline moment of the clock after which it gives up waiting; the task goes on
 * @returns the ARN of the task
 * @throws Error with ECS's own reasons when the task could not be started, did not end in time, or ended with
 * anything but exit code 0
 */
export const runMigration = async (
  ecs: Pick<ECSClient, 'send'>,
  target: MigrationTarget,
  clock: Clock,
  deadline: number,
): Promise<string> => {
  const started = await ecs.send(
    new RunTaskCommand({
      cluster: target.cluster,
      taskDefinition: target.taskDefinition,
      launchType: 'FARGATE',
      count: 1,
      startedBy: 'migration-runner',
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: target.subnets,
          securityGroups: target.securityGroups,
          assignPublicIp: 'DISABLED',
        },
      },
    }),
  );
  const taskArn = started.tasks?.[0]?.taskArn;
  if (!taskArn) {
    const reasons = (started.failures ?? []).map(({ reason, detail }) =>
      [reason, detail].filter(Boolean).join(': '),
    );
    throw new Error(`The migration task was not started: ${reasons.join('; ') || 'ECS gave no reason'}.`);
  }
  for (;;) {
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: target.cluster, tasks: [taskArn] }));
    const task = tasks?.[0];
    if (task?.lastStatus === 'STOPPED') {
      const failure = failureOf(task);
      if (failure) throw new Error(`The migration failed: ${failure}. Task ${taskArn}; its log says more.`);
      return taskArn;
    }
    if (clock.now() + pollInterval >= deadline) {
      throw new Error(
        `The migration has not ended in time (last status ${task?.lastStatus ?? 'unknown'}). Task ${taskArn} goes on; look at its log.`,
      );
    }
    await clock.sleep(pollInterval);
  }
};
