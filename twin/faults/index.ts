import { connectionsFull } from './connections-full.ts';
import { databaseName } from './database-name.ts';
import { databaseStop } from './database-stop.ts';
import type { FaultDefinition } from './fault.ts';
import { networkAcl } from './network-acl.ts';
import { password } from './password.ts';
import { redisFull, redisHang, redisPassword, redisPlaintext, redisStop } from './redis.ts';
import { securityGroup } from './security-group.ts';
import { tls } from './tls.ts';
import { upstreamFault } from './upstream.ts';

export type { FaultDefinition, FaultTarget, Lift, Login } from './fault.ts';

/** Every fault that can be injected, by the name that `--break` takes. */
export const faults = {
  'auth-403': upstreamFault('auth', '403'),
  'auth-502': upstreamFault('auth', '502'),
  'auth-hang': upstreamFault('auth', 'hang'),
  'auth-slow': upstreamFault('auth', 'slow'),
  'auth-stop': upstreamFault('auth', 'stop'),
  'connections-full': connectionsFull,
  'database-name': databaseName,
  'database-stop': databaseStop,
  'mlflow-403': upstreamFault('mlflow', '403'),
  'mlflow-502': upstreamFault('mlflow', '502'),
  'mlflow-hang': upstreamFault('mlflow', 'hang'),
  'mlflow-slow': upstreamFault('mlflow', 'slow'),
  'mlflow-stop': upstreamFault('mlflow', 'stop'),
  'network-acl': networkAcl,
  password,
  'redis-full': redisFull,
  'redis-hang': redisHang,
  'redis-password': redisPassword,
  'redis-plaintext': redisPlaintext,
  'redis-stop': redisStop,
  'security-group': securityGroup,
  tls,
} as const satisfies Record<string, FaultDefinition>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faults, name);
