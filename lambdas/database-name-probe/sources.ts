/** Where the database name (host, port, user) is written down, and how each place is read. */

import type { ContainerDefinition, ECSClient, TaskDefinition } from '@aws-sdk/client-ecs';
import type { IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeDBInstancesCommand,
  type DescribeDBInstancesCommandOutput,
  type RDSClient,
} from '@aws-sdk/client-rds';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SecretFields } from '../../core/checks/index.ts';
import { readSettings, resolvePostgres } from '../../core/settings/index.ts';
import type { AwsReading } from './aws-source.ts';
import { contractContainer } from './running-task.ts';

/** What one source says; a field that it does not have is absent. */
export interface Facts {
  name?: string;
  host?: string;
  port?: number;
  user?: string;
}

export type SourceReading = AwsReading<{ facts: Facts; evidence?: Record<string, unknown> }>;

export interface AwsClients {
  rds: Pick<RDSClient, 'send'>;
  ecs: Pick<ECSClient, 'send'>;
  secrets: Pick<SecretsManagerClient, 'send'>;
  iam: Pick<IAMClient, 'send'>;
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

const environmentOf = (
  container: ContainerDefinition | undefined,
  secretFields: SecretFields | undefined,
) => {
  const plain = (container?.environment ?? []).map(({ name, value }) => [name ?? '', value] as const);
  // A field injected from the secret has the value that the secret has; only names, hosts and users are looked at.
  const injected = (container?.secrets ?? []).map(({ name, valueFrom }) => {
    const key = /:([^:]*):[^:]*:[^:]*$/.exec(valueFrom ?? '')?.[1] ?? '';
    return [name ?? '', secretFields?.[key]?.reveal()] as const;
  });
  return Object.fromEntries([...injected, ...plain]);
};

/** The database settings of the task definition that is running. */
export const factsOfTask = (
  { containerDefinitions, taskDefinitionArn }: TaskDefinition,
  secretFields: SecretFields | undefined,
): SourceReading => {
  const environment = environmentOf(contractContainer(containerDefinitions), secretFields);
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
    evidence: { taskDefinition: taskDefinitionArn?.split('/').at(-1) },
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
