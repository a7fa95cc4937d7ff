export {
  definitionOf,
  type Reader,
  type SettingDefinition,
  type SettingGroup,
  type SettingKind,
  type SettingName,
  type SettingValue,
  settingDefinitions,
  settingNames,
} from './definitions/index.ts';
export { nearestSetting } from './near-miss.ts';
export { isHost, isPlaceholder, isSecretKind, parseValue, shownValue } from './parse.ts';
export {
  type Environment,
  problemsMessage,
  readSettings,
  type SettingProblem,
  type SettingsReading,
} from './read.ts';
export {
  type AuthTarget,
  type HttpTarget,
  type MlflowTarget,
  resolveAuth,
  resolveMlflow,
  serviceTarget,
} from './resolve-http.ts';
export {
  type PostgresTarget,
  rdsCertificateAuthorities,
  resolvePostgres,
  type Tls,
} from './resolve-postgres.ts';
export { type RedisTarget, resolveRedis } from './resolve-redis.ts';
export type { Resolved } from './resolved.ts';
export { Secret } from './secret.ts';
