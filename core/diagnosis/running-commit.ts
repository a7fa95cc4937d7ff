/** The probe `version`: which commit runs, as the service itself says, against the one that is meant to run. */
import {
  askVersion,
  budgetOf,
  type Check,
  failedCheck,
  type ProbeRun,
  runProbe,
  settingsCheck,
  skippedCheck,
  type ToldVersion,
  type VersionAnswer,
} from '../checks/index.ts';
import { type Checkout, commitDrift, isCommitId, type RunningCommit } from '../drift/index.ts';
import { type SettingsReading, serviceTarget } from '../settings/index.ts';

/**
 * How often the service is asked, each time on a connection of its own: during a roll-out its tasks run
 * different commits. A load balancer that takes turns shows all of up to five tasks, one that throws dice
 * hides one of two once in 16 times.
 */
const questions = 5;

export interface VersionOptions {
  settings: SettingsReading;
  checkout: Checkout;
}

/** Failed answers by cause, one check for each: with five tasks, one of them may fail in its own way. */
const failuresOf = (answers: readonly VersionAnswer[]): Check[] => {
  const failed = answers.map(({ check }) => check).filter(({ ok }) => !ok);
  const causes = new Set(failed.map(({ cause }) => cause));
  return [...causes].map((wanted) => {
    const [first, ...more] = failed.filter(({ cause }) => cause === wanted) as [Check, ...Check[]];
    const evidence = { ...first.evidence, questions: answers.length, failed: more.length + 1 };
    return { ...first, evidence };
  });
};

/** What was told, each commit once, with how often. */
const tally = (told: readonly ToldVersion[]): Omit<RunningCommit, 'relation'>[] => {
  const counted = new Map<string, Omit<RunningCommit, 'relation'>>();
  for (const { version, gitCommit: commit } of told) {
    const key = `${commit} ${version}`;
    counted.set(key, { commit, version, answers: (counted.get(key)?.answers ?? 0) + 1 });
  }
  return [...counted.values()];
};

const listed = (running: readonly Omit<RunningCommit, 'relation'>[]): string =>
  running.map(({ commit, version }) => `commit ${commit} (version ${version})`).join(', ');

/** The comparison, told by the check of the way to an answer. */
const compare = async (way: Check, told: readonly ToldVersion[], checkout: Checkout): Promise<Check> => {
  const counted = tally(told);
  const { target, phases = {}, durationMs } = way;
  const skipped = (reason: string): Check =>
    skippedCheck('service', target, `${reason}; the service answers ${listed(counted)}`);
  if (!counted.some(({ commit }) => isCommitId(commit)))
    return skipped('the image does not know its commit, since it was built without GIT_COMMIT');
  const intended = await checkout.intended();
  if (!intended.ok) return skipped(intended.reason);
  const { commit: expected, time: expectedTime } = intended.value;
  const running = await Promise.all(
    counted.map(async (one): Promise<RunningCommit> => {
      if (!isCommitId(one.commit)) return one;
      return { ...one, relation: await checkout.relation(one.commit, expected) };
    }),
  );
  const evidence = { running, expected, expectedTime };
  const drift = commitDrift(running, intended.value);
  if (!drift) return { ...way, evidence: { ...way.evidence, ...evidence } };
  const failure = { cause: 'TASK_DEFINITION_DRIFT', detail: drift.sentence, evidence } as const;
  return { ...failedCheck('service', target, failure, { phases, durationMs }), remedy: drift.fix };
};

const checksOf = async ({ settings, checkout }: VersionOptions): Promise<Check[]> => {
  const own = settings.problemsOf('service', 'probe');
  if (own.length > 0) return [settingsCheck('service', own)];
  const target = serviceTarget(settings);
  if (!target)
    return [
      skippedCheck('service', '/version', 'SERVICE_URL is not set: where the service is, is not known'),
    ];
  const whole = budgetOf(settings.get('PROBE_DEADLINE') * 1_000);
  const dnsTimeoutMs = settings.get('DNS_TIMEOUT') * 1_000;
  const answers = await Promise.all(
    Array.from({ length: questions }, () => askVersion(target, dnsTimeoutMs, whole)),
  );
  const told = answers.flatMap((answer) => answer.told ?? []);
  const way = answers.find((answer) => answer.told)?.check;
  return [...(way ? [await compare(way, told, checkout)] : []), ...failuresOf(answers)];
};

/**
 * Asks the service some times, and compares each commit that answers with what the checkout holds. An answer
 * that is not the service's is a failure of its own; where one side does not know its commit, nothing is compared.
 */
export const runVersion = (options: VersionOptions): Promise<ProbeRun> =>
  runProbe('version', options.settings.get('ENVIRONMENT'), async () => ({
    checks: await checksOf(options),
    metricLines: [],
  }));
