import type { Assembly, Resolve, TemplateResource } from '../template/index.ts';
import { arn } from '../template/index.ts';
import { AwsError, type Operations } from './answer.ts';

/** A revision that somebody registered past the template: the environment it changes. */
export interface Revision {
  environment: Record<string, string>;
}

/** What runs: revision 1 is the template's; each further one changes the one before. */
export interface TaskState {
  revisions: Revision[];
}

interface Container {
  name: string;
  environment?: { name: string; value: string }[];
  secrets?: { name: string; valueFrom: string }[];
  [property: string]: unknown;
}

/** Properties of the template start with a capital, members of the API with a small letter. */
const asMembers = (value: unknown, verbatim = false): unknown => {
  if (Array.isArray(value)) return value.map((item) => asMembers(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      verbatim ? name : `${name.charAt(0).toLowerCase()}${name.slice(1)}`,
      // The keys of these are the user's own words.
      asMembers(item, name === 'Options' || name === 'DockerLabels'),
    ]),
  );
};

const last = (id: unknown): string => String(id).split('/').at(-1) ?? '';

export const ecsOperations = (assembly: Assembly, resolve: Resolve, state: TaskState): Operations => {
  const ref = ({ logicalId, stack }: TemplateResource): string => String(resolve({ Ref: logicalId }, stack));
  const property = ({ properties, stack }: TemplateResource, name: string): unknown =>
    resolve(properties[name], stack);

  const services = () =>
    assembly.ofType('AWS::ECS::Service').map((resource) => {
      const base = String(property(resource, 'TaskDefinition')).replace(/:\d+$/, '');
      const clusterName = last(property(resource, 'Cluster') ?? 'default');
      const desired = Number(property(resource, 'DesiredCount') ?? 1);
      return {
        serviceArn: ref(resource),
        serviceName: last(ref(resource)),
        clusterArn: arn('ecs', `cluster/${clusterName}`),
        clusterName,
        taskDefinition: `${base}:${state.revisions.length + 1}`,
        desired: Math.max(1, desired),
      };
    });

  const inCluster = (cluster: unknown) =>
    services().filter(({ clusterName }) => clusterName === last(cluster ?? 'default'));

  const requireCluster = (cluster: unknown): void => {
    const known = assembly
      .ofType('AWS::ECS::Cluster')
      .some((resource) => last(ref(resource)) === last(cluster));
    if (!known) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  };

  const describeTaskDefinition = (id: string) => {
    const name = last(id).replace(/:\d+$/, '');
    const resource = assembly
      .ofType('AWS::ECS::TaskDefinition')
      .find((candidate) => last(ref(candidate)).replace(/:\d+$/, '') === name);
    const ofService = services().some(({ taskDefinition }) => last(taskDefinition).startsWith(`${name}:`));
    const newest = ofService ? state.revisions.length + 1 : 1;
    const revision = Number(/:(\d+)$/.exec(id)?.[1] ?? newest);
    if (!resource || revision > newest || revision < 1)
      throw new AwsError('ClientException', 'Unable to describe task definition.');
    const members = asMembers(resolve(resource.properties, resource.stack)) as {
      containerDefinitions?: Container[];
    };
    const changes = Object.assign(
      {},
      ...state.revisions.slice(0, revision - 1).map(({ environment }) => environment),
    ) as Record<string, string>;
    return {
      ...members,
      containerDefinitions: members.containerDefinitions?.map((container) => ({
        ...container,
        environment: container.environment?.map(({ name: variable, value }) => ({
          name: variable,
          value: changes[variable] ?? value,
        })),
      })),
      taskDefinitionArn: arn('ecs', `task-definition/${name}:${revision}`),
      family: name,
      revision,
      status: 'ACTIVE',
    };
  };

  const taskArns = ({ clusterName, desired }: { clusterName: string; desired: number }): string[] =>
    Array.from({ length: desired }, (_, index) =>
      arn('ecs', `task/${clusterName}/${`${index}`.padStart(32, '0')}`),
    );

  return {
    DescribeServices: ({ cluster, services: wanted }) => {
      requireCluster(cluster);
      const known = inCluster(cluster);
      const ids = Array.isArray(wanted) ? wanted : [];
      const find = (id: unknown) => known.find(({ serviceName }) => serviceName === last(id));
      return {
        services: ids.flatMap(find).flatMap((service) => {
          if (!service) return [];
          const { serviceArn, serviceName, clusterArn, taskDefinition, desired } = service;
          const counts = { desiredCount: desired, runningCount: desired, pendingCount: 0 };
          const deployment = {
            id: 'ecs-svc/1',
            status: 'PRIMARY',
            taskDefinition,
            rolloutState: 'COMPLETED',
          };
          return {
            ...{ serviceArn, serviceName, clusterArn, status: 'ACTIVE', launchType: 'FARGATE' },
            ...{ taskDefinition, ...counts, deployments: [{ ...deployment, ...counts, failedTasks: 0 }] },
          };
        }),
        failures: ids
          .filter((id) => !find(id))
          .map((id) => ({ arn: arn('ecs', `service/${last(cluster)}/${last(id)}`), reason: 'MISSING' })),
      };
    },
    DescribeTaskDefinition: ({ taskDefinition }) => ({
      taskDefinition: describeTaskDefinition(String(taskDefinition)),
      tags: [],
    }),
    ListTasks: ({ cluster, serviceName, desiredStatus = 'RUNNING' }) => {
      requireCluster(cluster);
      const wanted = inCluster(cluster).filter(
        (service) => serviceName === undefined || service.serviceName === last(serviceName),
      );
      if (serviceName !== undefined && wanted.length === 0)
        throw new AwsError('ServiceNotFoundException', 'Service not found.');
      return { taskArns: desiredStatus === 'RUNNING' ? wanted.flatMap(taskArns) : [] };
    },
    DescribeTasks: ({ cluster, tasks }) => {
      requireCluster(cluster);
      const ids = Array.isArray(tasks) ? tasks : [];
      const running = inCluster(cluster).flatMap((service) =>
        taskArns(service).map((taskArn) => ({
          taskArn,
          clusterArn: service.clusterArn,
          taskDefinitionArn: service.taskDefinition,
          group: `service:${service.serviceName}`,
          lastStatus: 'RUNNING',
          desiredStatus: 'RUNNING',
          launchType: 'FARGATE',
        })),
      );
      const find = (id: unknown) => running.find(({ taskArn }) => last(taskArn) === last(id));
      return {
        tasks: ids.flatMap((id) => find(id) ?? []),
        failures: ids.filter((id) => !find(id)).map((id) => ({ arn: String(id), reason: 'MISSING' })),
      };
    },
  };
};
