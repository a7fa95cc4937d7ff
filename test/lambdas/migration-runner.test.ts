import type { ECSClient, Task } from '@aws-sdk/client-ecs';
import { describe, expect, test } from '@jest/globals';
import { runMigration } from '../../lambdas/migration-runner/run-migration.ts';

const target = {
  cluster: 'cluster',
  taskDefinition: 'arn:task-definition',
  subnets: ['subnet-1', 'subnet-2'],
  securityGroups: ['sg-1'],
};

/** ECS as far as the runner sees it: one answer to RunTask, then one state of the task after the other. */
const ecsOf = (started: object, states: (Task | undefined)[] = []) => {
  const sent: { name: string; input: Record<string, unknown> }[] = [];
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    sent.push({ name: command.constructor.name, input: command.input });
    if (sent.length === 1) return started;
    const state = states.length > 1 ? states.shift() : states[0];
    return { tasks: state ? [state] : [] };
  };
  return { ecs: { send } as unknown as Pick<ECSClient, 'send'>, sent };
};

const clockOf = () => {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
};

const started = { tasks: [{ taskArn: 'arn:task' }] };
const run = (ecs: Pick<ECSClient, 'send'>) => runMigration(ecs, target, clockOf(), 60_000);

describe('the migration runner', () => {
  test('runs the task once, in the given network, and waits for its end', async () => {
    const { ecs, sent } = ecsOf(started, [
      undefined,
      { lastStatus: 'RUNNING' },
      { lastStatus: 'STOPPED', containers: [{ exitCode: 0 }] },
    ]);
    await expect(run(ecs)).resolves.toBe('arn:task');
    expect(sent.map(({ name }) => name)).toEqual([
      'RunTaskCommand',
      ...Array(3).fill('DescribeTasksCommand'),
    ]);
    expect(sent[0]?.input).toMatchObject({
      cluster: 'cluster',
      taskDefinition: 'arn:task-definition',
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ['subnet-1', 'subnet-2'],
          securityGroups: ['sg-1'],
          assignPublicIp: 'DISABLED',
        },
      },
    });
  });

  test('fails with the exit code and the reason when the migration fails', async () => {
    const { ecs } = ecsOf(started, [
      {
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        containers: [{ exitCode: 1 }],
      },
    ]);
    await expect(run(ecs)).rejects.toThrow(
      'The migration failed: EssentialContainerExited; exit code 1; Essential container in task exited',
    );
  });

  test('fails when the container never ran, with what ECS says about it', async () => {
    const { ecs } = ecsOf(started, [
      {
        lastStatus: 'STOPPED',
        stopCode: 'TaskFailedToStart',
        containers: [{ reason: 'CannotPullContainerError: not found' }],
      },
    ]);
    await expect(run(ecs)).rejects.toThrow(
      'TaskFailedToStart; no exit code; CannotPullContainerError: not found',
    );
  });

  test('fails when the task was stopped before it had a container', async () => {
    const { ecs } = ecsOf(started, [
      { lastStatus: 'STOPPED', stoppedReason: 'Capacity is unavailable', containers: [] },
    ]);
    await expect(run(ecs)).rejects.toThrow('no exit code; Capacity is unavailable');
  });

  test('fails when ECS refuses to start it', async () => {
    const { ecs } = ecsOf({ tasks: [], failures: [{ reason: 'RESOURCE:ENI', detail: 'no address left' }] });
    await expect(run(ecs)).rejects.toThrow('was not started: RESOURCE:ENI: no address left');
  });

  test('gives up before its own time is over, and says that the task goes on', async () => {
    const { ecs, sent } = ecsOf(started, [{ lastStatus: 'PENDING' }]);
    await expect(run(ecs)).rejects.toThrow(
      'has not ended in time (last status PENDING). Task arn:task goes on',
    );
    expect(sent.length).toBeLessThanOrEqual(13);
  });
});
