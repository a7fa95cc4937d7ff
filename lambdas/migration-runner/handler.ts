import { setTimeout as sleep } from 'node:timers/promises';
import { ECSClient } from '@aws-sdk/client-ecs';
import type { Context } from 'aws-lambda';
import { runMigration } from './run-migration.ts';

const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; the infrastructure gives it to this function.`);
  return value;
};

/** Leaves time to report before the function itself is stopped. */
const margin = 10_000;

const ecs = new ECSClient({});

/** Runs in a deployment; an error fails the deployment with its message. */
export const handler = async (_event: unknown, context: Context): Promise<{ task: string }> => {
  const target = {
    cluster: required('ECS_CLUSTER'),
    taskDefinition: required('MIGRATION_TASK_DEFINITION'),
    subnets: required('MIGRATION_SUBNETS').split(','),
    securityGroups: required('MIGRATION_SECURITY_GROUPS').split(','),
  };
  const clock = { now: () => performance.now(), sleep: async (ms: number) => void (await sleep(ms)) };
  const deadline = clock.now() + context.getRemainingTimeInMillis() - margin;
  return { task: await runMigration(ecs, target, clock, deadline) };
};
