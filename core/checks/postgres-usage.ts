/** Whether an open connection to PostgreSQL is of use: it answers, from the right place, and takes writes. */
import type { Budget } from './budget.ts';
import { type Climb, timed } from './ladder.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import type { PostgresConnection } from './postgres-connection.ts';

interface Facts extends Record<string, unknown> {
  database: string;
  version: string;
  client_address: string | null;
  server_address: string | null;
  in_recovery: boolean;
  read_only: string;
  may_write: boolean;
}

const factsQuery = `select current_database() as database, current_setting('server_version') as version,
  host(inet_client_addr()) as client_address, host(inet_server_addr()) as server_address,
  pg_is_in_recovery() as in_recovery, current_setting('transaction_read_only') as read_only,
  has_database_privilege(current_database(), 'TEMPORARY') as may_write`;

/**
 * Extends a file of the database's own tablespace by a few pages and takes it back: reads go on while a disk
 * is full, and a table that is only in memory proves nothing. Local: no other session sees it, and it waits
 * for no lock. The tablespace for temporary objects is passed over, because on RDS it can be another disk.
 */
const writeStatements = `begin; set local temp_tablespaces = '';
  create temporary table breakwater_write_check on commit drop as select n from generate_series(1, 1000) as n;
  rollback`;

const readOnlySource = "select source from pg_settings where name = 'default_transaction_read_only'";

const readOnly = async (
  facts: Facts,
  connection: PostgresConnection,
  budget: Budget,
): Promise<Outcome<never>> => {
  if (facts.in_recovery)
    return failed('READ_ONLY', 'the server takes no writes: it is a replica or a demoted primary', {
      readOnlyBy: 'recovery',
      inRecovery: true,
    });
  const source = await connection.query<{ source: string }>(readOnlySource, [], budget);
  return failed('READ_ONLY', 'the server takes no writes: transactions are read-only by default', {
    readOnlyBy: 'default_transaction_read_only',
    inRecovery: false,
    // The role, the database, or the configuration of the server.
    setBy: source.ok ? source.value[0]?.source : undefined,
  });
};

const write = async (connection: PostgresConnection, budget: Budget): Promise<Outcome<undefined>> => {
  const written = await connection.query(writeStatements, [], budget);
  if (written.ok) return succeeded(undefined);
  const { failure } = written;
  return { ok: false, failure: { ...failure, evidence: { ...failure.evidence, during: 'write check' } } };
};

export interface Usage {
  /** Whether to prove that a write goes through. It costs the catalogues a few dead rows. */
  writes: boolean;
}

/** Asks for the facts, and then writes something that is rolled back. */
export const usePostgres = (
  connection: PostgresConnection,
  climb: Climb,
  budget: Budget,
  { writes }: Usage,
): Promise<Outcome<undefined>> =>
  timed(climb, 'queryMs', async () => {
    const rows = await connection.query<Facts>(factsQuery, [], budget);
    if (!rows.ok) return rows;
    const [facts] = rows.value;
    if (!facts) return failed('NOT_THE_EXPECTED_SERVER', 'a query of one row was answered with none');
    Object.assign(climb.evidence, {
      database: facts.database,
      serverVersion: facts.version,
      // Which of its subnets the client is in decides which network ACL it passes.
      clientAddress: facts.client_address ?? undefined,
      serverAddress: facts.server_address ?? undefined,
    });
    if (facts.in_recovery || facts.read_only === 'on') return readOnly(facts, connection, budget);
    if (!writes) return succeeded(undefined);
    climb.evidence.writeCheck = facts.may_write
      ? 'made'
      : 'left out: the role may not create temporary tables';
    return facts.may_write ? write(connection, budget) : succeeded(undefined);
  });
