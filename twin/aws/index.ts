export { ecsOperations, type TaskState } from './ecs.ts';
export { type AwsEndpoint, startAwsEndpoint } from './endpoint.ts';
export { type DatabaseState, rdsOperations } from './rds.ts';
export { createSecrets, dynamicSecret, generatePassword, type SecretStore } from './secrets.ts';
export { secretsManagerOperations } from './secrets-manager.ts';
