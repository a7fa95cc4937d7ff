import { createHash } from 'node:crypto';
import type { Assembly, Resolve } from '../template/index.ts';
import type { Operations } from './answer.ts';

interface Tag {
  Key: string;
  Value: unknown;
}

interface DescribedTask {
  taskArn: string;
  taskDefinitionArn: string;
}

interface DescribedDefinition {
  containerDefinitions?: { name: string; image: string }[];
}

const last = (id: unknown): string => String(id).split('/').at(-1) ?? '';

/** There is no registry here: the digest of an image follows from its name. */
const digestOf = (image: string): string => `sha256:${createHash('sha256').update(image).digest('hex')}`;

/** Adds the tags of services, as the template has them, and the images that tasks run. */
export const withEcsDetails = (operations: Operations, assembly: Assembly, resolve: Resolve): Operations => {
  const tagsOf = (serviceArn: unknown) =>
    assembly
      .ofType('AWS::ECS::Service')
      .filter(({ logicalId, stack }) => resolve({ Ref: logicalId }, stack) === serviceArn)
      .flatMap(({ properties, stack }) =>
        ((properties.Tags ?? []) as Tag[]).map(({ Key, Value }) => ({
          key: Key,
          value: String(resolve(Value, stack)),
        })),
      );
  const containersOf = (taskDefinition: string) => {
    const answer = operations.DescribeTaskDefinition?.({ taskDefinition }) as {
      taskDefinition?: DescribedDefinition;
    };
    return (answer.taskDefinition?.containerDefinitions ?? []).map(({ name, image }) => ({
      name,
      image,
      imageDigest: digestOf(image),
      lastStatus: 'RUNNING',
    }));
  };
  return {
    ...operations,
    DescribeServices: (input) => {
      const answer = operations.DescribeServices?.(input) as { services: Record<string, unknown>[] };
      const wanted = Array.isArray(input.include) && input.include.includes('TAGS');
      return {
        ...answer,
        services: answer.services.map((service) =>
          wanted ? { ...service, tags: tagsOf(service.serviceArn) } : service,
        ),
      };
    },
    DescribeTasks: (input) => {
      const answer = operations.DescribeTasks?.(input) as { tasks: DescribedTask[] };
      return {
        ...answer,
        tasks: answer.tasks.map((task) => ({
          ...task,
          containers: containersOf(last(task.taskDefinitionArn)),
        })),
      };
    },
  };
};
