import { checkServerIdentity } from 'node:tls';
import pg from 'pg';
import type { PostgresTarget } from '../../core/settings/index.ts';

/**
 * A client for one connection, not connected yet. The certificate is always checked against the configured
 * host: left to itself, the driver checks an address in numbers against `localhost`.
 */
export function postgresClient(target: PostgresTarget, password: string, applicationName: string): pg.Client {
  const { host, port, database, user, tls, connectTimeoutMs } = target;
  return new pg.Client({
    host,
    port,
    database,
    user,
    password,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    ssl: tls.mode === 'verify-full' && {
      ca: [...tls.certificates],
      minVersion: 'TLSv1.2',
      checkServerIdentity: (_host, certificate) => checkServerIdentity(host, certificate),
    },
  });
}
