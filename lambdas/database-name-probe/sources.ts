/** Where the database name (host, port, user) is written down, and how each place is read. */

import {
  type ContainerDefinition,
  type Deployment,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
} from '@aws-sdk/client-ecs';
import {
  DescribeDBInstancesCommand,
  type DescribeDBInstancesCommandOutput,
  type RDSClient,
} from '@aws-sdk/client-rds';
import type { Failure, SecretFields } from '../../core/checks/index.ts';
import { readSettings, resolvePostgres } from '../../core/settings/index.ts';

/** What one source says; a field that it does not have is absent. */
export interface Facts {
  name?: string;
  host?: string;
  port?: number;
  user?: string;
}

export type SourceReading =
  | { state: 'read'; facts: Facts; evidence?: Record<string, unknown> }
  /** It cannot be read from here, and that is no fault. */
  | { state: 'skipped'; reason: string }
  | { state: 'failed'; failure: Failure };

export interface AwsClients {
  rds: Pick<RDSClient, 'send'>;
  ecs: Pick<ECSClient, 'send'>;
}

const defined = (facts: { [K in keyof Facts]: Facts[K] | undefined | null }): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined && value !== null));

/** The record of the RDS instance. A missing name is no error: the database may have been created later. */
export const readRdsInstance = async (
  rds: AwsClients['rds'],
  instanceId: string,
  abortSignal: AbortSignal,
): Promise<SourceReading> => {
  const answer: DescribeDBInstancesCommandOutput = await rds.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: instanceId }),
    { abortSignal },
  );
  const [instance] = answer.DBInstances ?? [];
  return {
    state: 'read',
    facts: defined({
      name: instance?.DBName,
      host: instance?.Endpoint?.Address,
      port: instance?.Endpoint?.Port,
    }),
    evidence: { instance: instanceId, status: instance?.DBInstanceStatus },
  };
};

/** The deployment whose tasks serve now: the newest with running tasks, else the one that is to come. */
const servingDeployment = (deployments: readonly Deployment[]): Deployment | undefined => {
  const newestFirst = [...deployments].sort((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0));
  return newestFirst.find(({ runningCount }) => (runningCount ?? 0) > 0) ?? newestFirst[0];
};

const environmentOf = (
  containers: readonly ContainerDefinition[],
  secretFields: SecretFields | undefined,
) => {
  const container =
    containers.find(({ environment }) =>
      environment?.some(({ name }) => /^(DATABASE|DB)_/.test(name ?? '')),
    ) ?? containers[0];
  const plain = (container?.environment ?? []).map(({ name, value }) => [name ?? '', value] as const);
  // A field injected from the secret has the value that the secret has; only names, hosts and users are looked at.
  const injected = (container?.secrets ?? []).map(({ name, valueFrom }) => {
    const key = /:([^:]*):[^:]*:[^:]*$/.exec(valueFrom ?? '')?.[1] ?? '';
    return [name ?? '', secretFields?.[key]?.reveal()] as const;
  });
  return Object.fromEntries([...injected, ...plain]);
};

/** The database settings of the task definition that is running. */
export const readTaskDefinition = async (
  ecs: AwsClients['ecs'],
  cluster: string,
  service: string,
  secretFields: SecretFields | undefined,
  abortSignal: AbortSignal,
): Promise<SourceReading> => {
  const services = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }), {
    abortSignal,
  });
  const [found] = services.services ?? [];
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
  const environment = environmentOf(answer.taskDefinition?.containerDefinitions ?? [], secretFields);
  const reading = readSettings(environment, { reader: 'service' });
  const resolved = resolvePostgres(reading);
  const facts = resolved.ok
    ? {
        name: resolved.value.database,
        host: resolved.value.host,
        port: resolved.value.port,
        user: resolved.value.user,
      }
    : {
        name: reading.get('DATABASE_NAME'),
        host: reading.get('DATABASE_HOST'),
        port: reading.get('DATABASE_PORT'),
        user: reading.get('DATABASE_USER'),
      };
  return {
    state: 'read',
    facts: defined(facts),
    evidence: { taskDefinition: taskDefinition?.split('/').at(-1) },
  };
};

/** What the secret says. A key that is missing is no opinion; the connectivity probe names it. */
export const factsOfSecret = (fields: SecretFields): Facts => {
  const text = (key: string) => fields[key]?.reveal();
  const port = Number(text('port'));
  return defined({
    name: text('dbname'),
    host: text('host'),
    port: Number.isInteger(port) && port > 0 ? port : undefined,
    user: text('username'),
  });
};
