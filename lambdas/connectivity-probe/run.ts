/** Checks every dependency, all at the same time, within one deadline. */
import {
  type Budget,
  budgetOf,
  type CheckResult,
  cannotRun,
  checkAuth,
  checkMetricLine,
  checkMlflow,
  checkPostgres,
  checkRedis,
  type Dependency,
  type ProbeRun,
  runProbe,
  type SecretReader,
  settingsCheck,
  skippedCheck,
} from '../../core/checks/index.ts';
import {
  type Resolved,
  resolveAuth,
  resolveMlflow,
  resolvePostgres,
  resolveRedis,
  type SettingsReading,
} from '../../core/settings/index.ts';

/** One check of one dependency, or why it is not made. */
type Attempt = (run: Run) => Promise<CheckResult>;

interface Run {
  settings: SettingsReading;
  secrets: SecretReader;
  whole: Budget;
  dnsTimeoutMs: number;
}

const checkOf = async <T>(
  dependency: Dependency,
  resolved: Resolved<T>,
  check: (target: T) => Promise<CheckResult>,
): Promise<CheckResult> =>
  resolved.ok ? check(resolved.value) : { check: settingsCheck(dependency, resolved.problems) };

const skipped = (dependency: Dependency, reason: string): CheckResult => ({
  check: skippedCheck(dependency, 'settings', reason),
});

const attempts: Record<Dependency, Attempt> = {
  postgres: ({ settings, secrets, whole, dnsTimeoutMs }) =>
    checkOf('postgres', resolvePostgres(settings), (target) => {
      const queryTimeoutMs = settings.get('HEALTH_QUERY_TIMEOUT') * 1_000;
      return checkPostgres({ target, secrets, dnsTimeoutMs, queryTimeoutMs }, whole);
    }),
  redis: async ({ settings, secrets, whole, dnsTimeoutMs }) => {
    const unclear = settings.problemsOf('redis').some(({ variable }) => variable === 'REDIS_ENABLED');
    if (!settings.get('REDIS_ENABLED') && !unclear) return skipped('redis', 'REDIS_ENABLED is false');
    const carries = settings.get('MESSAGE_QUEUE_TYPE') === 'redis';
    const list = carries ? { list: settings.get('MESSAGE_QUEUE_NAME') } : {};
    return checkOf('redis', resolveRedis(settings), (target) =>
      checkRedis({ target, secrets, dnsTimeoutMs, ...list }, whole),
    );
  },
  mlflow: ({ settings, whole, dnsTimeoutMs }) =>
    checkOf('mlflow', resolveMlflow(settings), (target) => checkMlflow(target, dnsTimeoutMs, whole)),
  auth: ({ settings, whole, dnsTimeoutMs }) =>
    checkOf('auth', resolveAuth(settings), (target) => checkAuth(target, dnsTimeoutMs, whole)),
};

const dependencies = Object.keys(attempts) as Dependency[];

const checkAll = (settings: SettingsReading, secrets: SecretReader): Promise<CheckResult[]> => {
  const run: Run = {
    settings,
    secrets,
    whole: budgetOf(settings.get('PROBE_DEADLINE') * 1_000),
    dnsTimeoutMs: settings.get('DNS_TIMEOUT') * 1_000,
  };
  const wanted: readonly string[] = settings.get('PROBE_DEPENDENCIES');
  return Promise.all(
    dependencies.map((dependency) =>
      wanted.includes(dependency)
        ? attempts[dependency](run)
        : skipped(dependency, `PROBE_DEPENDENCIES does not name ${dependency}`),
    ),
  );
};

/**
 * Runs the connectivity probe. A wrong setting of one dependency fails its check only; a wrong setting of the
 * probe itself fails them all, so that it is never silence.
 */
export const runConnectivity = (settings: SettingsReading, secrets: SecretReader): Promise<ProbeRun> => {
  const environment = settings.get('ENVIRONMENT');
  return runProbe('connectivity', environment, async (started) => {
    const own = settings.problemsOf('service', 'probe');
    const results = own.length > 0 ? cannotRun(dependencies, own) : await checkAll(settings, secrets);
    return {
      checks: results.map(({ check }) => check),
      metricLines: results.flatMap((result) => checkMetricLine(result, environment, started) ?? []),
    };
  });
};
