/** What ECS says of the service: the revision that serves, the one that was deployed, the newest, the images. */
import {
  type ContainerDefinition,
  type Deployment,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  type Service,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import {
  deployedRevisionTag,
  type RunningImage,
  type TaskFacts,
  type TaskRevision,
} from '../../core/drift/index.ts';
import type { AwsReading } from './aws-source.ts';

type Ecs = Pick<ECSClient, 'send'>;

export interface RunningTask {
  service: Service;
  definition: TaskDefinition;
}

/** A deployment older than this is over, whatever it says of itself; milliseconds. */
const longestRollout = 3_600_000;

const isYoung = (at: Date | undefined, now: number): boolean =>
  at !== undefined && now - at.getTime() < longestRollout;

/** The deployment whose tasks serve now: the newest with running tasks, else the one that is to come. */
const servingDeployment = (deployments: readonly Deployment[]): Deployment | undefined => {
  const newestFirst = [...deployments].sort((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0));
  return newestFirst.find(({ runningCount }) => (runningCount ?? 0) > 0) ?? newestFirst[0];
};

/** Whether revisions may differ because they are being exchanged. */
export const isRollingOut = ({ deployments = [] }: Service, now: number): boolean => {
  const primary = deployments.find(({ status }) => status === 'PRIMARY');
  const moving = deployments.length > 1 || primary?.rolloutState === 'IN_PROGRESS';
  return moving && isYoung(primary?.createdAt, now);
};

/** The container that honours the contract: the one with the settings of the database. */
export const contractContainer = (
  containers: readonly ContainerDefinition[] = [],
): ContainerDefinition | undefined =>
  containers.find(({ environment }) => environment?.some(({ name }) => /^(DATABASE|DB)_/.test(name ?? ''))) ??
  containers[0];

/** The last part of an ARN: `family:revision`, or the id of a task. */
const lastPart = (arn: string | undefined): string => arn?.split('/').at(-1) ?? '';

export const revisionOf = (definition: TaskDefinition): TaskRevision => {
  const { taskDefinitionArn, containerDefinitions, executionRoleArn } = definition;
  const container = contractContainer(containerDefinitions);
  return {
    name: lastPart(taskDefinitionArn),
    ...(container?.image ? { image: container.image } : {}),
    ...(executionRoleArn ? { executionRole: executionRoleArn } : {}),
    variables: [
      ...(container?.environment ?? []).map(({ name = '', value = '' }) => ({
        name,
        from: 'environment' as const,
        value,
      })),
      ...(container?.secrets ?? []).map(({ name = '', valueFrom = '' }) => ({
        name,
        from: 'secrets' as const,
        reference: valueFrom,
      })),
    ],
  };
};

/** The service and the definition of the tasks that serve. */
export const readRunningTask = async (
  ecs: Ecs,
  cluster: string,
  service: string,
  abortSignal: AbortSignal,
): Promise<AwsReading<RunningTask>> => {
  const { services = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster, services: [service], include: ['TAGS'] }),
    { abortSignal },
  );
  const [found] = services;
  if (!found || found.status === 'INACTIVE')
    return {
      state: 'failed',
      failure: {
        cause: 'SETTING_INVALID',
        detail: `ECS_SERVICE cannot be used: the cluster has no active service "${service}"`,
        evidence: { service, cluster },
      },
    };
  const taskDefinition = servingDeployment(found.deployments ?? [])?.taskDefinition ?? found.taskDefinition;
  const answer = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }), { abortSignal });
  return { state: 'read', service: found, definition: answer.taskDefinition ?? {} };
};

/** The revision that the stack deployed, as its tag on the service says. */
export const readDeployed = async (
  ecs: Ecs,
  { service, definition }: RunningTask,
  abortSignal: AbortSignal,
): Promise<AwsReading<{ deployed: TaskRevision }>> => {
  const arn = service.tags?.find(({ key }) => key === deployedRevisionTag)?.value;
  if (!arn)
    return {
      state: 'skipped',
      reason: `the service has no tag ${deployedRevisionTag}, so that nobody knows which revision was deployed`,
    };
  if (arn === definition.taskDefinitionArn) return { state: 'read', deployed: revisionOf(definition) };
  const answer = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }), { abortSignal });
  return { state: 'read', deployed: revisionOf(answer.taskDefinition ?? {}) };
};

/** The newest revision of the family; left out while a deployment may still be about to use it. */
export const readNewest = async (
  ecs: Ecs,
  { definition: { family } }: RunningTask,
  now: number,
  abortSignal: AbortSignal,
): Promise<AwsReading<Pick<TaskFacts, 'newest'>>> => {
  const { taskDefinition = {} } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: family }),
    { abortSignal },
  );
  const { taskDefinitionArn, registeredAt, registeredBy } = taskDefinition;
  if (isYoung(registeredAt, now)) return { state: 'read' };
  return {
    state: 'read',
    newest: {
      name: lastPart(taskDefinitionArn),
      ...(registeredBy ? { registeredBy } : {}),
      ...(registeredAt ? { registeredAt: registeredAt.toISOString() } : {}),
    },
  };
};

/** The images that the tasks of the service run; 100 tasks at most, which is what one call describes. */
export const readImages = async (
  ecs: Ecs,
  cluster: string,
  { service, definition }: RunningTask,
  abortSignal: AbortSignal,
): Promise<AwsReading<{ images: RunningImage[] }>> => {
  const { taskArns = [] } = await ecs.send(
    new ListTasksCommand({ cluster, serviceName: service.serviceName, desiredStatus: 'RUNNING' }),
    { abortSignal },
  );
  if (taskArns.length === 0) return { state: 'read', images: [] };
  const { tasks = [] } = await ecs.send(
    new DescribeTasksCommand({ cluster, tasks: taskArns.slice(0, 100) }),
    { abortSignal },
  );
  const container = contractContainer(definition.containerDefinitions)?.name;
  return {
    state: 'read',
    images: tasks.map(({ taskArn, taskDefinitionArn, containers = [] }) => {
      const digest = containers.find(({ name }) => name === container)?.imageDigest;
      return {
        task: lastPart(taskArn),
        revision: lastPart(taskDefinitionArn),
        ...(digest ? { digest } : {}),
      };
    }),
  };
};
