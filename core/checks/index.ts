export { checkAuth } from './auth.ts';
export { type Budget, budgetOf, explanationMs, monotonicNow, within } from './budget.ts';
export {
  type CheckResult,
  failedCheck,
  failureFields,
  runCheck,
  settingsCheck,
  skippedCheck,
} from './check.ts';
export {
  createSecretReader,
  type FetchSecret,
  type PasswordSource,
  readPassword,
  readPasswordAgain,
  type SecretFields,
  type SecretReader,
  secretField,
  withPassword,
} from './credentials.ts';
export {
  type FormatOptions,
  factLines,
  field,
  formatCheck,
  formatReport,
  paint,
  shown,
  timesOf,
  wrap,
} from './format.ts';
export { exchangeFailure, lateFailure } from './http-failure.ts';
export { type Climb, connectLayers, startClimb, timed } from './ladder.ts';
export { checkMlflow } from './mlflow.ts';
export { errorFields, type Failure, failed, type Outcome, succeeded } from './outcome.ts';
export { checkPostgres, type LivePostgresCheck, livePostgresCheck, postgresTargetName } from './postgres.ts';
export { alreadyConnected, connectPostgresSocket, type PostgresConnection } from './postgres-connection.ts';
export { postgresFailure } from './postgres-errors.ts';
export {
  openAndExplain,
  openPostgres,
  type PostgresCheckOptions,
  postgresPassword,
} from './postgres-open.ts';
export { userOfSecret } from './postgres-own-login.ts';
export { checkRedis, type LiveRedisCheck, liveRedisCheck, redisPassword } from './redis.ts';
export type { Conversation } from './redis-command.ts';
export { connectRedis, explainRedis } from './redis-connect.ts';
export { redisFailure } from './redis-errors.ts';
export type { Check, Dependency, Evidence, Phases, ProbeName, Report, Subject } from './report.ts';
export { cannotRun, checkMetricLine, logRun, type ProbeRun, runProbe, type WriteLine } from './run.ts';
export { askVersion, type ToldVersion, type VersionAnswer } from './version.ts';
