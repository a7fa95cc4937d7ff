export { postgresClient } from './client.ts';
export { createDatabase, type Database, type DatabaseObserver, type OperationOptions } from './database.ts';
export { DatabaseError } from './failure.ts';
export { type PostgresLimits, postgresLimits } from './limits.ts';
export { ConnectionPool, type PoolStats } from './pool.ts';
export type { Transaction } from './work.ts';
