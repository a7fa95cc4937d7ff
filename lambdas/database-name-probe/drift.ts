/** Compares the running task with the contract, with its secrets and with what was deployed. */
import {
  type Budget,
  type Check,
  failedCheck,
  type SecretFields,
  skippedCheck,
} from '../../core/checks/index.ts';
import {
  type DriftFinding,
  findDrift,
  hostsOf,
  type SecretFacts,
  type TaskFacts,
  type TaskRevision,
} from '../../core/drift/index.ts';
import type { SettingsReading } from '../../core/settings/index.ts';
import { type AwsOutOfReach, type AwsReading, readAwsSource } from './aws-source.ts';
import { addressesOf, type LookUp } from './hosts.ts';
import {
  isRollingOut,
  type RunningTask,
  readDeployed,
  readImages,
  readNewest,
  revisionOf,
} from './running-task.ts';
import type { AwsClients } from './sources.ts';
import { mayRead, readSecretRecord, secretArnsOf } from './task-secrets.ts';

export interface DriftOptions {
  settings: SettingsReading;
  aws: AwsClients;
  awsOutOfReach: AwsOutOfReach;
  lookUp: LookUp;
  cluster: string;
  task: RunningTask;
  /** The application's secret, where it could be read: only the names of its keys are looked at. */
  secretFields?: SecretFields | undefined;
}

export interface DriftResult {
  checks: Check[];
  findings: DriftFinding[];
}

/** What could not be looked at, as checks of its own. */
type Aside = { target: string; reading: Exclude<AwsReading<object>, { state: 'read' }> };

const asideOf = (target: string, reading: AwsReading<object>): Aside[] =>
  reading.state === 'read' ? [] : [{ target, reading }];

const asideCheck = ({ target, reading }: Aside): Check =>
  reading.state === 'skipped'
    ? skippedCheck('postgres', target, reading.reason)
    : failedCheck('postgres', target, reading.failure);

const partsOf = <T extends object>(reading: AwsReading<T>): Partial<T> => {
  if (reading.state !== 'read') return {};
  const { state: _state, ...value } = reading;
  return value as unknown as Partial<T>;
};

const readSecrets = async (
  options: DriftOptions,
  running: TaskRevision,
  deployed: TaskRevision | undefined,
  budget: Budget,
): Promise<{ secrets: SecretFacts[]; asides: Aside[] }> => {
  const { settings, aws, awsOutOfReach, secretFields } = options;
  const asDeployed = deployed ? secretArnsOf(deployed) : [];
  const own = settings.get('DATABASE_SECRET_ID');
  const role = settings.get('ECS_EXECUTION_ROLE');
  const simulated = role !== undefined && running.executionRole === role;
  const asides: Aside[] = simulated
    ? []
    : asideOf('access of the execution role', {
        state: 'skipped',
        reason: role
          ? 'the running task has another execution role than was deployed'
          : 'ECS_EXECUTION_ROLE is not set',
      });
  const secrets = await Promise.all(
    secretArnsOf(running).map(async (arn): Promise<SecretFacts> => {
      const foreign = awsOutOfReach === 'fails' && !asDeployed.includes(arn);
      const record = await readAwsSource('secretsmanager:DescribeSecret', awsOutOfReach, budget, (signal) =>
        readSecretRecord(aws.secrets, arn, foreign ? 'foreign' : 'failure', signal),
      );
      asides.push(...asideOf(`secret ${arn.split(':secret:').at(-1)}`, record));
      const { secret = { arn, state: 'unknown' as const } } = partsOf(record);
      if (secret.state !== 'there') return secret;
      const access = simulated
        ? await readAwsSource('iam:SimulatePrincipalPolicy', awsOutOfReach, budget, (signal) =>
            mayRead(aws.iam, role, secret.fullArn ?? arn, signal),
          )
        : undefined;
      if (access) asides.push(...asideOf('access of the execution role', access));
      const keys = own !== undefined && [arn, secret.fullArn].includes(own) ? secretFields : undefined;
      return { ...secret, ...(access ? partsOf(access) : {}), ...(keys ? { keys: Object.keys(keys) } : {}) };
    }),
  );
  return { secrets, asides };
};

const readAddresses = async (
  { settings, lookUp }: DriftOptions,
  running: TaskRevision,
  budget: Budget,
): Promise<Pick<TaskFacts, 'own' | 'addresses'>> => {
  const hosts = settings.get('SERVICE_HOSTS');
  if (!hosts) return {};
  const others = hostsOf(running.variables).map(({ host }) => host);
  const found = await addressesOf([...hosts, ...others], lookUp, budget);
  return { own: { hosts, addresses: hosts.flatMap((host) => found.get(host) ?? []) }, addresses: found };
};

const findingCheck = (
  running: TaskRevision,
  { rule, variable, cause, sentence, fix }: DriftFinding,
): Check => ({
  ...failedCheck('postgres', `task definition ${running.name}`, {
    cause,
    detail: sentence,
    evidence: { rule, ...(variable === undefined ? {} : { variable }) },
  }),
  remedy: fix,
});

/** Gathers what can be known of the running task, applies every rule, and reports each finding as a check. */
export const checkDrift = async (options: DriftOptions, whole: Budget): Promise<DriftResult> => {
  const { settings, aws, awsOutOfReach, cluster, task } = options;
  const now = Date.now();
  const budget = whole.part(settings.get('SECRET_READ_TIMEOUT') * 1_000);
  const running = revisionOf(task.definition);
  const read = <T extends object>(call: string, work: (signal: AbortSignal) => Promise<AwsReading<T>>) =>
    readAwsSource(call, awsOutOfReach, budget, work);
  const deployed = await read('ecs:DescribeTaskDefinition', (signal) => readDeployed(aws.ecs, task, signal));
  const [newest, images, { secrets, asides }, hosts] = await Promise.all([
    read('ecs:DescribeTaskDefinition', (signal) => readNewest(aws.ecs, task, now, signal)),
    read('ecs:ListTasks and ecs:DescribeTasks', (signal) => readImages(aws.ecs, cluster, task, signal)),
    readSecrets(options, running, partsOf(deployed).deployed, budget),
    readAddresses(options, running, budget),
  ]);
  const namespace = settings.get('DISCOVERY_NAMESPACE');
  const facts: TaskFacts = {
    reader: 'service',
    running,
    rollingOut: isRollingOut(task.service, now),
    ...partsOf(deployed),
    ...partsOf(newest),
    ...partsOf(images),
    ...hosts,
    secrets,
    ...(namespace ? { namespace } : {}),
  };
  const findings = findDrift(facts);
  const passed: Check = {
    dependency: 'postgres',
    target: `task definition ${running.name}`,
    ok: true,
    layer: 'config',
    evidence: {
      ...(facts.deployed ? { deployed: facts.deployed.name } : {}),
      ...(facts.newest ? { newest: facts.newest.name } : {}),
      ...(facts.rollingOut ? { rollingOut: true } : {}),
    },
    durationMs: 0,
  };
  return {
    findings,
    checks: [
      ...(findings.length > 0 ? findings.map((finding) => findingCheck(running, finding)) : [passed]),
      ...[
        ...asideOf('revision that was deployed', deployed),
        ...asideOf('newest revision', newest),
        ...asideOf('images of the tasks', images),
        ...asides,
      ].map(asideCheck),
    ],
  };
};
