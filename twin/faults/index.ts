import { connectionsFull } from './connections-full.ts';
import { databaseName } from './database-name.ts';
import { databaseStop } from './database-stop.ts';
import type { FaultDefinition } from './fault.ts';
import { networkAcl } from './network-acl.ts';
import { password } from './password.ts';
import { securityGroup } from './security-group.ts';
import { tls } from './tls.ts';

export type { FaultDefinition, FaultTarget, Lift, Login } from './fault.ts';

/** Every fault that can be injected, by the name that `--break` takes. */
export const faults = {
  'connections-full': connectionsFull,
  'database-name': databaseName,
  'database-stop': databaseStop,
  'network-acl': networkAcl,
  password,
  'security-group': securityGroup,
  tls,
} as const satisfies Record<string, FaultDefinition>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(faults, name);
