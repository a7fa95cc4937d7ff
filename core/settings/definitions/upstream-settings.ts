/** Settings: MLflow and the auth service. */
import { failureThreshold, recoveryTimeout } from './breaker-settings.ts';
import type { SettingDefinition } from './definition.ts';
import { connectivity, connectivityAddress } from './readers.ts';

export const upstreamSettings = {
  MLFLOW_TRACKING_URI: {
    group: 'mlflow',
    kind: 'url',
    readers: connectivityAddress,
    aliases: ['MLFLOW_SERVER_URL'],
    tuned: true,
    doc: 'Address of the MLflow server (http or https).',
  },
  MLFLOW_TRACKING_TOKEN: {
    group: 'mlflow',
    kind: 'secret',
    readers: connectivity,
    doc: 'Bearer token for the MLflow server, where it wants one.',
  },
  MLFLOW_CB_FAILURE_THRESHOLD: failureThreshold('mlflow'),
  MLFLOW_CB_RECOVERY_TIMEOUT: recoveryTimeout('mlflow'),

  AUTH_SERVICE_URL: {
    group: 'auth',
    kind: 'url',
    readers: connectivityAddress,
    aliases: ['HOKUSAI_AUTH_SERVICE_URL'],
    tuned: true,
    doc: 'Address of the service that validates API keys (http or https).',
  },
  AUTH_SERVICE_ID: {
    group: 'auth',
    kind: 'choice',
    choices: ['website', 'prediction', 'platform'],
    default: 'platform',
    readers: connectivity,
    aliases: ['HOKUSAI_AUTH_SERVICE_ID'],
    tuned: true,
    doc: 'Which service this is, in the words of the auth service.',
  },
  AUTH_SERVICE_TIMEOUT: {
    group: 'auth',
    kind: 'seconds',
    default: 5,
    min: 0.1,
    max: 20,
    readers: connectivity,
    aliases: ['HOKUSAI_AUTH_SERVICE_TIMEOUT'],
    tuned: true,
    doc: 'Deadline of one request to the auth service.',
  },
  AUTH_PROBE_KEY: {
    group: 'auth',
    kind: 'secret',
    readers: connectivity,
    doc: 'API key that checks are made with; without it, a 401 from key validation means that the auth service is up.',
  },
  AUTH_CB_FAILURE_THRESHOLD: failureThreshold('auth'),
  AUTH_CB_RECOVERY_TIMEOUT: recoveryTimeout('auth'),
} as const satisfies Record<string, SettingDefinition>;
