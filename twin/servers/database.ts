import pg from 'pg';
import { type CertificateAuthority, localNames } from '../certificates.ts';
import type { DatabaseDefinition } from './database-definition.ts';
import { type PostgresServer, startPostgres } from './postgres.ts';

/** A PostgreSQL that looks as RDS hands it over: the owner is hidden, the master user is not a superuser. */
export interface Database {
  server: PostgresServer;
  /** Runs one statement as the owner, in a session of its own; connecting and running may take `patienceMs` each. */
  administer(statement: string, database?: string, patienceMs?: number): Promise<pg.QueryResult>;
}

/** Who owns everything on RDS; nobody but RDS, and the twin, may be it. */
const owner = 'rdsadmin';

/** Name that clients use; it resolves without a name server. */
export const databaseHost = 'localhost';

/** What `rds_superuser` may do that an ordinary role may not (Amazon RDS user guide, rds_superuser). */
const predefinedRoles = [
  'pg_monitor',
  'pg_signal_backend',
  'pg_read_all_data',
  'pg_write_all_data',
  'pg_use_reserved_connections',
];

/** What RDS keeps for `rds_superuser` (since PostgreSQL 16 by this name). */
const reservedConnections = '2';

export interface DatabaseOptions {
  definition: DatabaseDefinition;
  authority: CertificateAuthority;
  masterPassword: string;
  ownerPassword: string;
}

const identifier = (name: string): string => pg.escapeIdentifier(name);

export const startDatabase = async ({
  definition,
  authority,
  masterPassword,
  ownerPassword,
}: DatabaseOptions): Promise<Database> => {
  const server = await startPostgres({
    superuser: { name: owner, password: ownerPassword },
    certificate: await authority.issue({ names: localNames }),
    requireTls: definition.requireTls,
    parameters: { reserved_connections: reservedConnections, ...definition.parameters },
  });
  const administer: Database['administer'] = async (statement, database = 'postgres', patience = 10_000) => {
    const client = new pg.Client({
      host: server.host,
      port: server.port,
      user: owner,
      password: ownerPassword,
      database,
      connectionTimeoutMillis: patience,
      query_timeout: patience,
      // The certificate may be the fault that is tried; this session goes to our own server on loopback.
      ssl: { rejectUnauthorized: false },
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.query(statement);
    } finally {
      await client.end();
    }
  };

  try {
    const master = identifier(definition.masterUser);
    await administer(
      [
        'create role rds_superuser',
        ...predefinedRoles.map((role) => `grant ${role} to rds_superuser with admin option`),
        `create role ${master} login createrole createdb password ${pg.escapeLiteral(masterPassword)}`,
        `grant rds_superuser to ${master}`,
      ].join('; '),
    );
    if (definition.databaseName !== undefined)
      await administer(`create database ${identifier(definition.databaseName)} owner ${master}`);
  } catch (error) {
    await server.dispose();
    throw error;
  }
  return { server, administer };
};
