/** Follows the packets from the clients to each dependency, through the network that EC2 describes. */
import {
  type Budget,
  budgetOf,
  type Check,
  cannotRun,
  type Dependency,
  type Failure,
  failedCheck,
  monotonicNow,
  type ProbeRun,
  runProbe,
  settingsCheck,
  skippedCheck,
  within,
} from '../../core/checks/index.ts';
import type { Endpoint, Network } from '../../core/network/index.ts';
import type { SettingProblem, SettingsReading } from '../../core/settings/index.ts';
import { describe, type Ec2 } from './describe.ts';
import { judge } from './judge.ts';
import { networkOf } from './network.ts';
import { clientsOf, targetsOf, type Wanted } from './targets.ts';

export interface NetworkPathOptions {
  settings: SettingsReading;
  ec2: Ec2;
  /** Every address of a name, as the system knows it; rejects for a name that it does not know. */
  lookup: (host: string) => Promise<string[]>;
  /** A function must reach AWS; from a shell, what cannot be reached is skipped. */
  awsOutOfReach: 'fails' | 'is skipped';
}

const dependencies: readonly Dependency[] = ['postgres', 'redis', 'mlflow', 'auth'];

type Named = { wanted: Wanted } | { check: Check };

const missing = (group: SettingProblem['group'], variable: string): SettingProblem => ({
  group,
  variable,
  cause: 'SETTING_MISSING',
  message: `${variable} is not set: write where the dependency is`,
});

const byHost = (
  settings: SettingsReading,
  dependency: 'postgres' | 'redis',
  [hostName, portName, groupName]: readonly [
    'DATABASE_HOST' | 'REDIS_HOST',
    'DATABASE_PORT' | 'REDIS_PORT',
    'NETWORK_DATABASE_SECURITY_GROUP' | 'NETWORK_CACHE_SECURITY_GROUP',
  ],
): Named => {
  const host = settings.get(hostName);
  const problems = settings.problemsOf(dependency);
  if (host === undefined && problems.length === 0) problems.push(missing(dependency, hostName));
  if (host === undefined || problems.length > 0) return { check: settingsCheck(dependency, problems) };
  const [port, group] = [settings.get(portName), settings.get(groupName)];
  return { wanted: { host, port, group, discovered: false } };
};

const byUrl = (
  settings: SettingsReading,
  dependency: 'mlflow' | 'auth',
  name: 'MLFLOW_TRACKING_URI' | 'AUTH_SERVICE_URL',
): Named => {
  const url = settings.get(name);
  const problems = settings.problemsOf(dependency);
  if (url === undefined && problems.length === 0) problems.push(missing(dependency, name));
  if (url === undefined || problems.length > 0) return { check: settingsCheck(dependency, problems) };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const namespace = settings.get('DISCOVERY_NAMESPACE');
  return {
    wanted: {
      host,
      port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
      discovered: namespace !== undefined && host.endsWith(`.${namespace}`),
    },
  };
};

const named: Record<Dependency, (settings: SettingsReading) => Named> = {
  postgres: (settings) =>
    byHost(settings, 'postgres', ['DATABASE_HOST', 'DATABASE_PORT', 'NETWORK_DATABASE_SECURITY_GROUP']),
  redis: (settings) =>
    settings.get('REDIS_ENABLED') || settings.problemsOf('redis').length > 0
      ? byHost(settings, 'redis', ['REDIS_HOST', 'REDIS_PORT', 'NETWORK_CACHE_SECURITY_GROUP'])
      : { check: skippedCheck('redis', 'settings', 'REDIS_ENABLED is false') },
  mlflow: (settings) => byUrl(settings, 'mlflow', 'MLFLOW_TRACKING_URI'),
  auth: (settings) => byUrl(settings, 'auth', 'AUTH_SERVICE_URL'),
};

/** What all checks of one run share. */
interface Run extends NetworkPathOptions {
  whole: Budget;
  network: Network;
  clients: Endpoint[];
  clientSubnets: string[];
}

/** The addresses of a name; none where it is not known here, as a discovery name of the VPC is not. */
const addressesOf = async ({ settings, lookup, whole }: Run, { host }: Wanted): Promise<string[]> => {
  const looking = lookup(host).catch(() => []);
  return (await within(whole.part(settings.get('DNS_TIMEOUT') * 1_000), looking)) ?? [];
};

const checkOne = async (run: Run, dependency: Dependency, wanted: Wanted): Promise<Check> => {
  const { network, clients, clientSubnets } = run;
  const target = `${wanted.host}:${wanted.port}`;
  const addresses = wanted.discovered ? [] : await addressesOf(run, wanted);
  const targets = targetsOf(network, wanted, addresses, clients, clientSubnets);
  if (!targets.ok) return failedCheck(dependency, target, targets.failure);
  return judge(network, dependency, target, clients, targets.value, { protocol: 'tcp', port: wanted.port });
};

/** A defect in one check is that check's failure: a probe never falls silent. */
const guarded = async (dependency: Dependency, work: () => Promise<Check>): Promise<Check> => {
  const begin = monotonicNow();
  try {
    const check = await work();
    return check.skipped ? check : { ...check, durationMs: Math.round(monotonicNow() - begin) };
  } catch (error) {
    const detail = `the check itself failed: ${error instanceof Error ? error.message : error}`;
    return failedCheck(dependency, 'network', { cause: 'UNKNOWN', layer: 'tcp', detail });
  }
};

/** The check of a dependency whose network could not be read. */
const unread = (
  { awsOutOfReach }: NetworkPathOptions,
  dependency: Dependency,
  { host, port }: Wanted,
  failure: Failure,
): Check =>
  failure.evidence?.outOfReach === true && awsOutOfReach === 'is skipped'
    ? skippedCheck(dependency, `${host}:${port}`, `AWS is out of reach: ${failure.detail}`)
    : failedCheck(dependency, `${host}:${port}`, failure);

const checkAll = async (options: NetworkPathOptions): Promise<Check[]> => {
  const { settings, ec2 } = options;
  const whole = budgetOf(settings.get('PROBE_DEADLINE') * 1_000);
  const clientSubnets = settings.get('NETWORK_CLIENT_SUBNETS') ?? [];
  const group = settings.get('NETWORK_CLIENT_SECURITY_GROUP') ?? '';
  const description = await describe(ec2, clientSubnets, whole);
  return Promise.all(
    dependencies.map((dependency) =>
      guarded(dependency, async () => {
        const one = named[dependency](settings);
        if ('check' in one) return one.check;
        if (!description.ok) return unread(options, dependency, one.wanted, description.failure);
        const network = networkOf(description.value);
        const clients = clientsOf(network, clientSubnets, group);
        return checkOne({ ...options, whole, network, clients, clientSubnets }, dependency, one.wanted);
      }),
    ),
  );
};

const ownProblems = (settings: SettingsReading): SettingProblem[] => {
  const problems = settings.problemsOf('service', 'probe');
  for (const name of ['NETWORK_CLIENT_SUBNETS', 'NETWORK_CLIENT_SECURITY_GROUP'] as const) {
    if (settings.get(name) !== undefined || problems.some(({ variable }) => variable === name)) continue;
    problems.push({ ...missing('probe', name), message: `${name} is not set: write where the clients are` });
  }
  return problems;
};

/** Runs the network-path probe. It publishes no metric: its report explains what the others measure. */
export const runNetworkPath = (options: NetworkPathOptions): Promise<ProbeRun> =>
  runProbe('network-path', options.settings.get('ENVIRONMENT'), async () => {
    const own = ownProblems(options.settings);
    const checks =
      own.length > 0 ? cannotRun(dependencies, own).map(({ check }) => check) : await checkAll(options);
    return { checks, metricLines: [] };
  });
