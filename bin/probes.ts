/** The probes as they run from a shell: AWS that cannot be reached is skipped, not failed. */
import { lookup } from 'node:dns/promises';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient } from '@aws-sdk/client-iam';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader, type ProbeRun } from '../core/checks/index.ts';
import { runVersion } from '../core/diagnosis/index.ts';
import type { Checkout } from '../core/drift/index.ts';
import type { SettingsReading } from '../core/settings/index.ts';
import { secretFetcher } from '../core/settings/secrets-manager.ts';
import { createMemory, runCapacity } from '../lambdas/capacity-probe/run.ts';
import { runConnectivity } from '../lambdas/connectivity-probe/run.ts';
import { runDatabaseName } from '../lambdas/database-name-probe/run.ts';
import { runNetworkPath } from '../lambdas/network-path-probe/run.ts';
import { checkoutOf } from '../lib/checkout/index.ts';
import { environmentNamed } from '../lib/environments/index.ts';
import { projectRoot } from '../lib/project-root.ts';

const readerOf = (settings: SettingsReading) =>
  createSecretReader(secretFetcher(new SecretsManagerClient({ maxAttempts: 1 })), {
    timeoutMs: settings.get('SECRET_READ_TIMEOUT') * 1_000,
  });

/** This checkout, where the environment runs the image that is built from it. */
const checkoutFor = (settings: SettingsReading): Checkout => {
  const { name, service } = environmentNamed(settings.get('ENVIRONMENT'));
  const checkout = checkoutOf(projectRoot);
  if (!service.image) return checkout;
  const reason = `${name} runs the image ${service.image}, which is not built from this checkout`;
  return { ...checkout, intended: async () => ({ ok: false, reason }) };
};

/** A probe that can be run from a shell. */
export interface ShellProbe {
  reader:
    | 'connectivity-probe'
    | 'database-name-probe'
    | 'capacity-probe'
    | 'network-path-probe'
    | 'version-probe';
  /** Why it is of no use with these settings; a diagnosis then leaves it out. */
  useless?(settings: SettingsReading): string | undefined;
  run(settings: SettingsReading): Promise<ProbeRun>;
}

/** By the name that its report carries. */
export const probes: Record<string, ShellProbe> = {
  connectivity: {
    reader: 'connectivity-probe',
    run: (settings) => runConnectivity(settings, readerOf(settings)),
  },
  'database-name': {
    reader: 'database-name-probe',
    run: (settings) =>
      runDatabaseName({
        settings,
        secrets: readerOf(settings),
        aws: {
          rds: new RDSClient({ maxAttempts: 1 }),
          ecs: new ECSClient({ maxAttempts: 1 }),
          secrets: new SecretsManagerClient({ maxAttempts: 1 }),
          iam: new IAMClient({ maxAttempts: 1 }),
        },
        awsOutOfReach: 'is skipped',
      }),
  },
  capacity: {
    reader: 'capacity-probe',
    run: (settings) => runCapacity(settings, readerOf(settings), createMemory()),
  },
  'network-path': {
    reader: 'network-path-probe',
    useless: (settings) =>
      settings.source('NETWORK_CLIENT_SUBNETS') && settings.source('NETWORK_CLIENT_SECURITY_GROUP')
        ? undefined
        : 'NETWORK_CLIENT_SUBNETS and NETWORK_CLIENT_SECURITY_GROUP are not set: where the clients are is not known',
    run: (settings) =>
      runNetworkPath({
        settings,
        ec2: new EC2Client({ maxAttempts: 1 }),
        lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
        awsOutOfReach: 'is skipped',
      }),
  },
  version: {
    reader: 'version-probe',
    run: (settings) => runVersion({ settings, checkout: checkoutFor(settings) }),
  },
};
