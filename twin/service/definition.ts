import type { SecretStore } from '../aws/index.ts';
import { type ContainerEnvironment, containersOf, environmentOfContainer } from '../tasks.ts';
import type { Assembly, Resolve, TemplateResource } from '../template/index.ts';

/** The service of the template, ready to run. */
export interface ServiceDefinition extends ContainerEnvironment {
  targetGroup: TemplateResource;
  /** How long the container may take from SIGTERM to its end, milliseconds. */
  stopTimeoutMs: number;
  /** Names of the containers beside it in its task. */
  beside: string[];
}

/** ECS kills a container that says nothing else after this many seconds (ECS, task definition parameters). */
const defaultStopTimeout = 30;

interface TargetOfService {
  ContainerName: string;
  TargetGroupArn: string;
}

/** The container of the one `AWS::ECS::Service` that its load balancer sends requests to. */
export const readService = (
  assembly: Assembly,
  resolve: Resolve,
  secrets: SecretStore,
): ServiceDefinition => {
  const services = assembly.ofType('AWS::ECS::Service');
  const [service] = services;
  if (!service || services.length > 1)
    throw new Error(`The template has ${services.length} AWS::ECS::Service; the twin runs exactly one.`);
  const { properties, stack, logicalId } = service;
  const missing = (what: string): never => {
    throw new Error(`${stack.name}: service ${logicalId} has no ${what} in the template.`);
  };
  const referredTo = (type: string, reference: unknown): TemplateResource | undefined =>
    assembly
      .ofType(type)
      .find((one) => resolve({ Ref: one.logicalId }, one.stack) === resolve(reference, stack));

  const taskDefinition =
    referredTo('AWS::ECS::TaskDefinition', properties.TaskDefinition) ?? missing('task definition');
  const [target, another] = (resolve(properties.LoadBalancers, stack) ?? []) as TargetOfService[];
  if (!target || another) return missing('load balancer, or several,');
  const targetGroup =
    referredTo('AWS::ElasticLoadBalancingV2::TargetGroup', target.TargetGroupArn) ?? missing('target group');
  const containers = containersOf(taskDefinition);
  const container =
    containers.find(({ Name }) => Name === target.ContainerName) ??
    missing(`container ${target.ContainerName}`);
  return {
    ...environmentOfContainer(taskDefinition, container, resolve, secrets),
    targetGroup,
    stopTimeoutMs: (container.StopTimeout ?? defaultStopTimeout) * 1000,
    beside: containers.map(({ Name }) => Name).filter((name) => name !== container.Name),
  };
};
