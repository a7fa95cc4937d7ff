import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlarmEvaluator, seriesOf } from './alarms/index.ts';
import { apiNames, applicationLogin, readAlarms, readProbes } from './application.ts';
import { type Changes, createChanges } from './changes/index.ts';
import { type AlarmClock, minute } from './clock.ts';
import { type ExampleConsumer, startExampleConsumer } from './consumer/index.ts';
import { deploy } from './deployment.ts';
import {
  createStandingFaults,
  type FaultName,
  type FaultTarget,
  faults,
  type Login,
} from './faults/index.ts';
import { type Foundation, startFoundation } from './foundation.ts';
import { keepDirectory, releaseDirectory } from './keeper.ts';
import type { MetricStore } from './metrics/index.ts';
import { actionsLeftOut, type Notification } from './notifications/index.ts';
import { type DashboardBody, readDashboard } from './page/index.ts';
import type { Probe } from './probes.ts';
import { createResources } from './resources/index.ts';
import { findRedis } from './servers/index.ts';
import { firstVerdict, type Service, startBundling, startService, whyNotHealthy } from './service/index.ts';
import { type Cleanups, createCleanups } from './stopping.ts';
import { synthesize } from './synthesis.ts';
import { createTellers } from './tellers.ts';
import { type Assembly, readAssembly } from './template/index.ts';
import { refuseProblems } from './template-checks/index.ts';
import { trialCommand } from './trial-key.ts';
import type { UpstreamName } from './upstreams.ts';
import { createWatch, type Watch, type WatchOptions } from './watch.ts';

export interface TwinOptions {
  environment: string;
  /** A cloud assembly that has been synthesized already; without one the environment is synthesized. */
  assembly?: string;
  /** Settings that differ from the environment's; only where it is synthesized. */
  settings?: Readonly<Record<string, string>>;
  /** Real servers in place of stand-ins. */
  real?: Partial<Record<UpstreamName, URL>>;
  /** Told what happens, one line for each step. */
  progress: (line: string) => void;
  /** Ends the start when aborted. */
  signal: AbortSignal;
}

/** The synthesized stack, running here. */
export interface Twin {
  environment: string;
  probes: readonly Probe[];
  service: Service;
  evaluator: AlarmEvaluator;
  clock: AlarmClock;
  /** What was measured so far. */
  store: MetricStore;
  /**
   * Begins to watch anew, with nothing known of before. What is measured goes to the newest clock that ticks, so only
   * one should.
   */
  watch(options?: Pick<WatchOptions, 'otherRanges' | 'before'>): Watch;
  /** What the template's rules make of calls that change configuration. */
  changes: Pick<Changes, 'lines' | 'problems' | 'record'>;
  /** The service, as calls to ECS name it. */
  api: FaultTarget['api'];
  /** The synthesized one, with its references resolved; undefined where the template has none. */
  dashboard: DashboardBody | undefined;
  /** Messages as they were sent, oldest first; absent where nothing here sends any. */
  notifications: readonly Notification[];
  /** Takes the events that the service writes, where they go through Redis. */
  consumer: ExampleConsumer | undefined;
  /** Its servers and secrets. */
  foundation: Foundation;
  /** How the service logs in to the database. */
  application: Login;
  /** What of the template does not run here, and why. */
  leftOut: readonly string[];
  /** A command that tries the gateway, in parts; empty where no key is known that would be let in. */
  tryIt: readonly string[];
  /** AWS calls that were refused because the twin does not answer them. */
  unknownCalls: ReadonlySet<string>;
  inject(name: FaultName): Promise<void>;
  /** Undoes a fault. Nothing happens when it is not there. */
  lift(name: FaultName): Promise<void>;
  /** Faults that are there now. */
  injected(): FaultName[];
  /** Ends everything that it started. */
  stop(): Promise<void>;
}

const ownDirectory = async (cleanups: Cleanups): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-twin-'));
  keepDirectory(directory);
  cleanups.add(async () => {
    await rm(directory, { recursive: true, force: true });
    releaseDirectory(directory);
  });
  return directory;
};

const leftOutOf = (assembly: Assembly, { databaseDefinition }: Foundation): string[] => [
  ...(assembly.ofType('AWS::ElastiCache::ReplicationGroup').length === 0
    ? [`Redis: ${findRedis() === undefined ? 'no redis-server is found on PATH' : 'the stack has no cache'}`]
    : []),
  ...databaseDefinition.notApplied.map(({ name, value, reason }) => `parameter ${name}=${value}: ${reason}`),
  ...(assembly.ofType('AWS::SQS::Queue').length > 0 ? ['the SQS queue'] : []),
  ...(assembly.ofType('AWS::SecretsManager::RotationSchedule').length > 0 ? ['the rotation of secrets'] : []),
  ...(assembly.ofType('AWS::CloudTrail::Trail').length > 0
    ? ['the trail: only a fault that stands for a call to AWS gives the event of one']
    : []),
  ...(assembly.ofType('AWS::EC2::VPC').length > 0
    ? ['the network: security groups, network ACLs and routes are not in force on this machine']
    : []),
];

/** Whoever takes the events from the Redis list, as consumers do today. */
const startConsumer = (
  { cache, authority }: Foundation,
  settings: Readonly<Record<string, string>>,
  cleanups: Cleanups,
): ExampleConsumer | undefined => {
  const { MESSAGE_QUEUE_TYPE: type, MESSAGE_QUEUE_NAME: queue } = settings;
  if (!cache || type !== 'redis' || queue === undefined) return undefined;
  const consumer = startExampleConsumer({
    port: cache.port,
    token: cache.configuration().token,
    certificate: authority.certificatePem,
    queue,
  });
  cleanups.add(() => consumer.close());
  return consumer;
};

/** Reads what is there, or synthesizes it: with Redis when this machine can run one. */
const obtainAssembly = async (
  { environment, assembly: given, settings = {}, progress, signal }: TwinOptions,
  directory: string,
): Promise<Assembly> => {
  if (given !== undefined) {
    progress(`reading ${given}`);
    return readAssembly(given);
  }
  const redis = findRedis() !== undefined;
  progress(`synthesizing ${environment}, ${redis ? 'with' : 'without'} Redis`);
  for (const [name, value] of Object.entries(settings)) progress(`${name}=${value}, which is the twin's`);
  const assembly = await synthesize({
    environment,
    directory: join(directory, 'assembly'),
    redis,
    settings,
    signal,
  });
  progress(`synthesized ${assembly.stacks.map(({ name }) => name).join(', ')}`);
  return assembly;
};

/** Alarm time from the end of one watch to the beginning of the next, milliseconds: no incident lasts over it. */
const betweenWatches = 60 * minute;

/** Synthesizes an environment and runs it. What has been started is stopped again when a step fails. */
export const startTwin = async (options: TwinOptions): Promise<Twin> => {
  const { environment, progress, signal } = options;
  const cleanups = createCleanups((error) => progress(`while stopping: ${error}`));
  try {
    const directory = await ownDirectory(cleanups);
    const assembly = await obtainAssembly(options, directory);
    refuseProblems(assembly);
    signal.throwIfAborted();
    const bundle = startBundling(directory, { cleanups, signal });
    const { real = {} } = options;
    const foundation = await startFoundation({ assembly, directory, real, progress, cleanups });
    signal.throwIfAborted();
    await deploy(assembly, foundation, progress, signal);
    signal.throwIfAborted();
    const service = await startService({ assembly, foundation, bundle, progress, cleanups });
    await firstVerdict(service, signal);
    progress(whyNotHealthy(service) ?? 'the load balancer calls the service healthy');

    const consumer = startConsumer(foundation, service.settings, cleanups);
    if (consumer) progress(`an example consumer takes events from ${service.settings.MESSAGE_QUEUE_NAME}`);

    const probes = readProbes(assembly, foundation);
    if (probes.length === 0) throw new Error('No schedule of the template runs one of its functions.');
    cleanups.add(async () => {
      await Promise.all(probes.map((probe) => probe.stop()));
    });
    const changes = createChanges(assembly, foundation.resolve, foundation.environment);
    cleanups.add(() => changes.stop());
    const alarms = readAlarms(assembly, foundation.resolve);
    const resources = createResources({
      wanted: alarms.definitions.flatMap(seriesOf),
      database: foundation.database,
      cache: foundation.cache,
    });
    const tellers = createTellers(assembly, foundation, cleanups);
    const paused = new Set<string>();
    /** Alarm time only goes on, also over watches: what was reported and told before lies in the past. */
    let from = Date.now();
    const watch = (options: Pick<WatchOptions, 'otherRanges' | 'before'> = {}): Watch => {
      const created = createWatch({
        ...{ alarms, probes, startedAt: from },
        sources: [service, resources, changes, tellers],
        scheduled: ({ name }) => !paused.has(name),
        tell: (alarms) => {
          const { tell, called } = tellers.of(alarms);
          return {
            called,
            tell: async (tick) => {
              from = Math.max(from, tick.at + betweenWatches);
              await tell(tick);
            },
          };
        },
        ...options,
      });
      foundation.alarmSource.evaluator = created.evaluator;
      return created;
    };
    const { evaluator, clock, store } = watch();
    progress(`${probes.length} probes on their schedules, ${alarms.definitions.length} alarms evaluated`);

    const stopping = new AbortController();
    cleanups.add(() => stopping.abort());
    const application = applicationLogin(assembly, foundation);
    const target: FaultTarget = {
      ...foundation,
      service,
      users: foundation.trialKey && { url: service.url, key: foundation.trialKey.key },
      consumer,
      resources,
      schedules: {
        disable: (probe) => {
          const found = probes.find(({ name }) => name.endsWith(`-${probe}`));
          if (!found) throw new Error(`No schedule runs a function of the name …-${probe}.`);
          paused.add(found.name);
          return () => paused.delete(found.name);
        },
      },
      application,
      changes,
      api: apiNames(assembly, foundation.resolve),
      stopping: stopping.signal,
    };
    const standing = createStandingFaults<FaultName>(faults, target);
    return {
      environment,
      probes,
      service,
      consumer,
      foundation,
      application,
      evaluator,
      clock,
      store,
      watch,
      changes,
      api: target.api,
      notifications: foundation.deliveries.notifications,
      dashboard: readDashboard(assembly, foundation.resolve),
      leftOut: [
        ...leftOutOf(assembly, foundation),
        ...service.leftOut,
        ...alarms.leftOut,
        ...actionsLeftOut(
          alarms.definitions,
          probes.map(({ arn }) => arn),
        ),
      ],
      tryIt: foundation.trialKey ? trialCommand(service.url, foundation.trialKey) : [],
      unknownCalls: foundation.endpoint.unknown,
      inject: (name) => standing.inject(name),
      lift: (name) => standing.lift(name),
      injected: () => standing.names(),
      stop: () => cleanups.run(),
    };
  } catch (error) {
    await cleanups.run();
    throw error;
  }
};
