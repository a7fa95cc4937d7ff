import { account, region } from '../template/index.ts';
import type { FunctionDefinition } from './function-definition.ts';

/**
 * Variables that the twin may set for a bundle beside what the template says. Everything else that a bundle
 * sees comes from the template, with its references resolved.
 */
export const twinVariables = [
  'AWS_ENDPOINT_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'DATABASE_SSL_ROOT_CERT',
  'NODE_EXTRA_CA_CERTS',
] as const;

export type TwinEnvironment = Record<(typeof twinVariables)[number], string>;

/** Variables that Lambda itself sets for every function (AWS Lambda, "Defined runtime environment variables"). */
export const lambdaVariables = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'LAMBDA_TASK_ROOT',
  'LANG',
  'PATH',
  'TZ',
  '_HANDLER',
] as const;

export type LambdaEnvironment = Record<(typeof lambdaVariables)[number], string>;

/** Everything that a function's process sees: template, twin and Lambda, and nothing of the twin's own. */
export const environmentOf = (
  definition: FunctionDefinition,
  twin: TwinEnvironment,
): Record<string, string> => {
  const lambda: LambdaEnvironment = {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${definition.memory}`,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `twin/[$LATEST]${account}`,
    LAMBDA_TASK_ROOT: definition.directory,
    LANG: 'en_US.UTF-8',
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    _HANDLER: definition.handler,
  };
  return { ...lambda, ...definition.environment, ...twin };
};
