import type { TwinEnvironment } from '../lambda/index.ts';
import { region } from '../template/index.ts';

/**
 * Variables that the twin may set for a task beside those of every bundle. On ECS each task has a network
 * interface of its own, so that all may have the same address in theirs; here they share this machine's, and
 * so do several twins.
 */
export const addressVariables = ['API_HOST', 'API_PORT'] as const;

export type TaskAddress = Record<(typeof addressVariables)[number], string>;

/** What `ENV` in `service/Dockerfile` says. */
export const imageEnvironment = {
  NODE_ENV: 'production',
  NODE_OPTIONS: '--enable-source-maps',
} as const;

/** What Fargate and the base image set (AWS Fargate, task metadata; the Node image). */
export const containerEnvironment = {
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
} as const;

/** Everything that the process of a task sees. */
export const environmentOfTask = (
  container: Record<string, string>,
  twin: TwinEnvironment,
  address: TaskAddress,
): Record<string, string> => ({
  ...containerEnvironment,
  ...imageEnvironment,
  ...container,
  ...twin,
  ...address,
});
