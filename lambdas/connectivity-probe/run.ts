/** Checks every dependency, all at the same time, within one deadline. */
import {
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

const dependencies: readonly Dependency[] = ['postgres', 'redis', 'mlflow', 'auth'];

const checkOf = async <T>(
  dependency: Dependency,
  resolved: Resolved<T>,
  check: (target: T) => Promise<CheckResult>,
): Promise<CheckResult> =>
  resolved.ok ? check(resolved.value) : { check: settingsCheck(dependency, resolved.problems) };

const checkAll = (settings: SettingsReading, secrets: SecretReader): Promise<CheckResult[]> => {
  const whole = budgetOf(settings.get('PROBE_DEADLINE') * 1_000);
  const dnsTimeoutMs = settings.get('DNS_TIMEOUT') * 1_000;
  const queryTimeoutMs = settings.get('HEALTH_QUERY_TIMEOUT') * 1_000;
  const redisBroken = settings.problemsOf('redis').some(({ variable }) => variable === 'REDIS_ENABLED');
  const redis =
    settings.get('REDIS_ENABLED') || redisBroken
      ? checkOf('redis', resolveRedis(settings), (target) =>
          checkRedis({ target, secrets, dnsTimeoutMs }, whole),
        )
      : Promise.resolve({ check: skippedCheck('redis', 'settings', 'REDIS_ENABLED is false') });
  return Promise.all([
    checkOf('postgres', resolvePostgres(settings), (target) =>
      checkPostgres({ target, secrets, dnsTimeoutMs, queryTimeoutMs }, whole),
    ),
    redis,
    checkOf('mlflow', resolveMlflow(settings), (target) => checkMlflow(target, dnsTimeoutMs, whole)),
    checkOf('auth', resolveAuth(settings), (target) => checkAuth(target, dnsTimeoutMs, whole)),
  ]);
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
