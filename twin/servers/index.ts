export { type AcceptedKeys, type KeyAnswer, startAuth } from './auth-stand-in.ts';
export { type Database, databaseHost, startDatabase } from './database.ts';
export { type DatabaseDefinition, readDatabase } from './database-definition.ts';
export { freePort } from './free-port.ts';
export { startMlflow } from './mlflow-stand-in.ts';
export { type PostgresServer, startPostgres } from './postgres.ts';
export { findRedis, type RedisServer, startRedis } from './redis.ts';
export type { StandIn } from './stand-in.ts';
