import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AlarmSource,
  type AwsEndpoint,
  cloudWatchOperations,
  createLogStore,
  createSecrets,
  dynamicSecret,
  ec2Operations,
  ecsOperations,
  generatePassword,
  iamOperations,
  type LogStore,
  logsOperations,
  type NetworkState,
  type PublishState,
  rdsOperations,
  readNetwork,
  type SecretStore,
  secretRecordOperations,
  secretsManagerOperations,
  snsOperations,
  startAwsEndpoint,
  type TaskState,
  withEcsDetails,
} from './aws/index.ts';
import { type CertificateAuthority, createCertificateAuthority, localNames } from './certificates.ts';
import type { TwinEnvironment } from './lambda/index.ts';
import { createDeliveries, type Deliveries, subscriptionCounts } from './notifications/index.ts';
import {
  type Database,
  type DatabaseDefinition,
  databaseHost,
  findRedis,
  freePort,
  type RedisServer,
  readDatabase,
  startDatabase,
  startRedis,
} from './servers/index.ts';
import type { Cleanups } from './stopping.ts';
import { type Assembly, createResolver, type Resolve, referenceValues } from './template/index.ts';
import { createTrialKey, type TrialKey } from './trial-key.ts';
import { startUpstreams, type UpstreamName, type Upstreams } from './upstreams.ts';

/** What the functions and tasks of the stack stand on: servers, secrets and the answers of AWS. */
export interface Foundation {
  resolve: Resolve;
  secrets: SecretStore;
  database: Database;
  databaseDefinition: DatabaseDefinition;
  /** Undefined when the template has no cache. */
  cache: RedisServer | undefined;
  doors: Upstreams['doors'];
  /** Undefined where a real auth service judges keys. */
  trialKey: TrialKey | undefined;
  tasks: TaskState;
  /** What EC2 says of the network, which is not in force on this machine. */
  network: NetworkState;
  /** Filled in once alarms are evaluated: what the endpoint answers for CloudWatch. */
  alarmSource: AlarmSource;
  /** What functions have printed. */
  logs: LogStore;
  /** What arrives at the topics that people subscribe to. */
  deliveries: Deliveries;
  /** What SNS makes of the notifier. */
  publishing: PublishState;
  authority: CertificateAuthority;
  endpoint: AwsEndpoint;
  /** What bundles are told beside the template. */
  environment: TwinEnvironment;
}

export interface FoundationOptions {
  assembly: Assembly;
  /** A directory of the twin's own. */
  directory: string;
  /** Real servers in place of stand-ins. */
  real: Partial<Record<UpstreamName, URL>>;
  progress: (line: string) => void;
  cleanups: Cleanups;
}

/** Starts Redis when the template has a cache. */
const startCache = async (
  { assembly, cleanups, progress }: FoundationOptions,
  authority: CertificateAuthority,
  port: number,
  resolve: Resolve,
): Promise<RedisServer | undefined> => {
  const [group, another] = assembly.ofType('AWS::ElastiCache::ReplicationGroup');
  if (!group) return undefined;
  if (another) throw new Error('The template has several caches; the twin runs one.');
  const program = findRedis();
  if (program === undefined)
    throw new Error(`${group.stack.name} has a cache, and no redis-server is found.`);
  const server = await startRedis({
    program,
    port,
    token: String(resolve(group.properties.AuthToken, group.stack)),
    certificate: await authority.issue({ names: localNames }),
  });
  cleanups.add(() => server.dispose());
  progress(`Redis on port ${port}, TLS and token required`);
  return server;
};

export const startFoundation = async (options: FoundationOptions): Promise<Foundation> => {
  const { assembly, directory, real, progress, cleanups } = options;
  const databaseDefinition = readDatabase(assembly);
  const authority = await createCertificateAuthority();
  const trust = join(directory, 'certificate-authority.pem');
  await writeFile(trust, authority.certificatePem);

  const masterPassword = generatePassword();
  const trialKey = createTrialKey();
  const starting = [
    // Whatever else fails while several start at the same time, what has started is stopped.
    startDatabase({
      definition: databaseDefinition,
      authority,
      masterPassword,
      ownerPassword: generatePassword({ ExcludePunctuation: true }),
    }).then((started) => {
      cleanups.add(() => started.server.dispose());
      return started;
    }),
    startUpstreams({ real, trial: trialKey, authority, cleanups }),
  ] as const;
  // All of them first: one that is still starting could not be stopped.
  await Promise.allSettled(starting);
  const [database, { doors, description }] = await Promise.all(starting);
  const redisPort = await freePort();
  progress(
    `PostgreSQL on port ${database.server.port}, TLS${databaseDefinition.requireTls ? ' required' : ''}, ` +
      `${Object.keys(databaseDefinition.parameters).length} parameters of the group applied`,
  );
  progress(description);

  const addresses = {
    postgres: { host: databaseHost, port: database.server.port },
    redis: { host: databaseHost, port: redisPort },
    mlflow: doors.mlflow.url,
    auth: doors.auth.url,
  };
  let stored: SecretStore | undefined;
  const dynamic = (reference: string): string | undefined => stored && dynamicSecret(stored, reference);
  const resolve = createResolver(assembly, referenceValues(addresses, dynamic));
  const secrets = createSecrets(assembly, resolve, {
    username: databaseDefinition.masterUser,
    password: masterPassword,
  });
  stored = secrets;
  const cache = await startCache(options, authority, redisPort, resolve);

  const tasks: TaskState = { revisions: [] };
  const network: NetworkState = { network: readNetwork(assembly, addresses) };
  const alarmSource: AlarmSource = {};
  const logs = createLogStore();
  const deliveries = createDeliveries();
  const publishing: PublishState = { forbidden: false };
  const endpoint = await startAwsEndpoint({
    secretsManager: { ...secretsManagerOperations(secrets), ...secretRecordOperations(secrets) },
    rds: rdsOperations(assembly, resolve, { status: 'available' }),
    ecs: withEcsDetails(ecsOperations(assembly, resolve, tasks), assembly, resolve),
    iam: iamOperations(assembly, resolve),
    cloudWatch: cloudWatchOperations(alarmSource),
    ec2: ec2Operations(network),
    sns: snsOperations(subscriptionCounts(assembly, resolve), deliveries.receive, publishing),
    logs: logsOperations(assembly, resolve, logs),
  });
  cleanups.add(() => endpoint.close());
  const environment: TwinEnvironment = {
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_ACCESS_KEY_ID: 'twin',
    AWS_SECRET_ACCESS_KEY: 'twin',
    DATABASE_SSL_ROOT_CERT: trust,
    NODE_EXTRA_CA_CERTS: trust,
  };
  return {
    resolve,
    secrets,
    database,
    databaseDefinition,
    cache,
    doors,
    trialKey: real.auth === undefined ? trialKey : undefined,
    tasks,
    network,
    alarmSource,
    logs,
    deliveries,
    publishing,
    authority,
    endpoint,
    environment,
  };
};
