import {
  type Environment,
  type PostgresTarget,
  readSettings,
  resolveAuth,
  resolveMlflow,
  resolvePostgres,
  resolveRedis,
  type SettingProblem,
} from '../core/settings/index.ts';

/** What a wrong setting is called in a log line. */
type NamedProblem = Pick<SettingProblem, 'variable' | 'cause' | 'message'>;

/** The settings of the service, read once. */
export interface Contract {
  environment: string;
  host: string;
  port: number;
  logLevel: string;
  shutdownDelayMs: number;
  shutdownTimeoutMs: number;
  /** Undefined only when there are refusals. */
  postgres: PostgresTarget | undefined;
  /** What keeps the service from starting: its own and PostgreSQL's problems. */
  refusals: SettingProblem[];
  /** Dependencies that are not used because their settings are wrong. */
  switchedOff: { dependency: string; problems: NamedProblem[] }[];
  /** Names that are not read but look like one that is. */
  warnings: readonly string[];
}

export function readContract(env: Environment): Contract {
  const reading = readSettings(env, { reader: 'service' });
  const postgres = resolvePostgres(reading);
  const problemsOf = (resolved: { ok: true } | { ok: false; problems: SettingProblem[] }) =>
    resolved.ok ? [] : resolved.problems;

  const optional: [string, SettingProblem[]][] = [
    ['redis', reading.get('REDIS_ENABLED') ? problemsOf(resolveRedis(reading)) : reading.problemsOf('redis')],
    ['mlflow', problemsOf(resolveMlflow(reading))],
    ['auth', problemsOf(resolveAuth(reading))],
    ['messages', reading.problemsOf('messages')],
  ];

  return {
    environment: reading.get('ENVIRONMENT'),
    host: reading.get('API_HOST'),
    port: reading.get('API_PORT'),
    logLevel: reading.get('LOG_LEVEL'),
    shutdownDelayMs: reading.get('SHUTDOWN_DELAY') * 1_000,
    shutdownTimeoutMs: reading.get('SHUTDOWN_TIMEOUT') * 1_000,
    postgres: postgres.ok ? postgres.value : undefined,
    refusals: [...reading.problemsOf('service'), ...problemsOf(postgres)],
    switchedOff: optional
      .filter(([, problems]) => problems.length > 0)
      .map(([dependency, problems]) => ({
        dependency,
        problems: problems.map(({ variable, cause, message }) => ({ variable, cause, message })),
      })),
    warnings: reading.warnings,
  };
}
