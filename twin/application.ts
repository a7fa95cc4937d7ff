import { type AlarmSet, readAlarmSet } from './alarms/index.ts';
import type { FaultTarget, Login } from './faults/index.ts';
import type { Foundation } from './foundation.ts';
import { bundledFunctions, functionArn, hasVariable, readFunction } from './lambda/index.ts';
import { loadBalancerMetrics, loadBalancerNamespace } from './load-balancer/index.ts';
import type { Series } from './metrics/index.ts';
import { createProbe, type Probe } from './probes.ts';
import { publishes } from './resources/index.ts';
import { readSchedules } from './schedule.ts';
import type { Assembly, Resolve } from './template/index.ts';

/** The functions that a schedule runs, in the order of the template. */
export const readProbes = (assembly: Assembly, { resolve, environment }: Foundation): Probe[] => {
  const schedules = readSchedules(assembly, resolve);
  return bundledFunctions(assembly).flatMap((resource) => {
    const arn = functionArn(resource, resolve);
    return schedules
      .filter(({ target }) => target === arn || target.startsWith(`${arn}:`))
      .map((schedule) => createProbe(readFunction(resource, resolve), schedule, environment));
  });
};

/** The metrics of AWS that are published here; undefined stands for all of a namespace. */
const published: Record<string, readonly string[] | undefined> = {
  'AWS/Lambda': undefined,
  [loadBalancerNamespace]: loadBalancerMetrics,
};

/** Namespaces that AWS fills. */
const ofAws = /^(AWS\/|ECS\/ContainerInsights$)/;

/** Whether the twin publishes a metric, or what runs in it may. */
export const publishedHere = ({ namespace, name }: Series): boolean =>
  !ofAws.test(namespace) ||
  publishes(namespace, name) ||
  (namespace in published && (published[namespace]?.includes(name) ?? true));

/**
 * The alarms and mute rules that can be evaluated here, and a sentence for each other one. Without `hasData`
 * alarms on metrics that nothing publishes here are left out.
 */
export const readAlarms = (
  assembly: Assembly,
  resolve: Resolve,
  hasData: (series: Series) => boolean = publishedHere,
): AlarmSet => readAlarmSet(assembly, resolve, hasData);

/** How the service logs in, as its secret says. */
export const applicationLogin = (assembly: Assembly, { resolve, secrets }: Foundation): Login => {
  const [resource] = bundledFunctions(assembly).filter((one) =>
    hasVariable(one, 'DATABASE_MASTER_SECRET_ID'),
  );
  const id = resource && readFunction(resource, resolve).environment.DATABASE_SECRET_ID;
  const secret = id === undefined ? undefined : secrets.find(id);
  if (!secret)
    throw new Error(`The bootstrap function's DATABASE_SECRET_ID is no secret of the template: ${id}.`);
  const { username: user, password, dbname: database } = JSON.parse(secret.value) as Record<string, string>;
  if (user === undefined || password === undefined || database === undefined)
    throw new Error(`Secret ${secret.name} lacks username, password or dbname.`);
  return { user, password, database };
};

const lastPart = (text: unknown): string => String(text).split('/').at(-1) ?? '';

/** The service, as calls to ECS name it. */
export const apiNames = (assembly: Assembly, resolve: Resolve): FaultTarget['api'] => {
  const [service] = assembly.ofType('AWS::ECS::Service');
  if (!service) throw new Error('The template has no AWS::ECS::Service.');
  const { logicalId, properties, stack } = service;
  return {
    cluster: lastPart(resolve(properties.Cluster ?? 'default', stack)),
    service: lastPart(resolve({ Ref: logicalId }, stack)),
    family: lastPart(resolve(properties.TaskDefinition, stack)).replace(/:\d+$/, ''),
  };
};
