/** What every step of a run shares: its target, its time, and the list of what it changed. */
import pg from 'pg';
import {
  type Budget,
  type Outcome,
  openPostgres,
  type PostgresConnection,
  type SecretReader,
  startClimb,
} from '../../core/checks/index.ts';
import type { PostgresTarget, Secret, SettingsReading } from '../../core/settings/index.ts';
import { orThrow } from './failure.ts';

const statementMs = 20_000;

export interface Login {
  user: string;
  password: Secret;
}

export const identifier = (name: string): string => pg.escapeIdentifier(name);
export const literal = (text: string): string => pg.escapeLiteral(text);

export interface Work {
  target: PostgresTarget;
  secrets: SecretReader;
  settings: SettingsReading;
  whole: Budget;
  changes: string[];
}

export const open = (work: Work, login: Login, database: string): Promise<Outcome<PostgresConnection>> => {
  const { secretId: _, ...rest } = work.target;
  const target = { ...rest, database, user: login.user, password: login.password };
  const { settings, secrets, whole } = work;
  return openPostgres(
    {
      target,
      secrets,
      dnsTimeoutMs: settings.get('DNS_TIMEOUT') * 1_000,
      queryTimeoutMs: statementMs,
    },
    startClimb(),
    whole,
  );
};

export const run = async <Row extends pg.QueryResultRow>(
  work: Work,
  connection: PostgresConnection,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> => orThrow(await connection.query<Row>(statement, values, work.whole.part(statementMs)));

export const exists = async (
  work: Work,
  connection: PostgresConnection,
  statement: string,
  name: string,
): Promise<boolean> => (await run(work, connection, statement, [name])).length > 0;
