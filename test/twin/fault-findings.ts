import type { CauseCode } from '../../core/causes/index.ts';
import type { Dependency, ProbeName } from '../../core/checks/index.ts';
import type { FaultName } from '../../twin/faults/index.ts';

export interface Finding {
  probe: ProbeName;
  dependency: Dependency;
  cause: CauseCode;
}

const found = (probe: ProbeName, dependency: Dependency, cause: CauseCode): Finding => ({
  probe,
  dependency,
  cause,
});

const connectivity = (dependency: Dependency, cause: CauseCode): Finding =>
  found('connectivity', dependency, cause);

/** What faults that a probe finds must be called, and by which probe. The fault matrix tries the others. */
export const findings = {
  'auth-403': connectivity('auth', 'FORBIDDEN'),
  'auth-502': connectivity('auth', 'BAD_GATEWAY'),
  'auth-hang': connectivity('auth', 'RESPONSE_TIMEOUT'),
  'auth-slow': connectivity('auth', 'RESPONSE_TIMEOUT'),
  'auth-stop': connectivity('auth', 'CONNECTION_REFUSED'),
  'connections-full': connectivity('postgres', 'TOO_MANY_CONNECTIONS'),
  'database-name': found('database-name', 'postgres', 'DATABASE_NAME_MISMATCH'),
  'database-stop': connectivity('postgres', 'CONNECTION_REFUSED'),
  'mlflow-403': connectivity('mlflow', 'FORBIDDEN'),
  'mlflow-502': connectivity('mlflow', 'BAD_GATEWAY'),
  'mlflow-hang': connectivity('mlflow', 'RESPONSE_TIMEOUT'),
  'mlflow-slow': connectivity('mlflow', 'RESPONSE_TIMEOUT'),
  'mlflow-stop': connectivity('mlflow', 'CONNECTION_REFUSED'),
  'network-acl': found('network-path', 'postgres', 'NETWORK_ACL_BLOCKS'),
  password: connectivity('postgres', 'PASSWORD_REJECTED'),
  'redis-full': connectivity('redis', 'OUT_OF_MEMORY'),
  'redis-hang': connectivity('redis', 'TLS_TIMEOUT'),
  'redis-password': connectivity('redis', 'PASSWORD_REJECTED'),
  'redis-plaintext': connectivity('redis', 'TLS_NOT_OFFERED'),
  'redis-stop': connectivity('redis', 'CONNECTION_REFUSED'),
  'security-group': found('network-path', 'postgres', 'SECURITY_GROUP_BLOCKS'),
  tls: connectivity('postgres', 'TLS_UNTRUSTED_CA'),
} as const satisfies Partial<Record<FaultName, Finding>>;

export type FoundFault = keyof typeof findings;

export const foundFaults = Object.keys(findings) as FoundFault[];
