/** The table of SQLSTATEs (PostgreSQL, "Error Codes"), and of the texts that refine them. */
import type { CauseCode } from '../causes/index.ts';
import type { Evidence } from './report.ts';

/** Logging in, or using the connection. */
export type Phase = 'auth' | 'query';

const bySqlState: Record<string, CauseCode> = {
  '28P01': 'PASSWORD_REJECTED',
  '28000': 'LOGIN_NOT_PERMITTED',
  '3D000': 'DATABASE_MISSING',
  '55000': 'DATABASE_NOT_ACCEPTING',
  '42501': 'PRIVILEGE_MISSING',
  '42P01': 'SCHEMA_MISSING',
  '53300': 'TOO_MANY_CONNECTIONS',
  '53100': 'DISK_FULL',
  '53200': 'OUT_OF_MEMORY',
  '57P01': 'SERVER_SHUTTING_DOWN',
  '57P02': 'CONNECTION_LOST',
  '57P03': 'SERVER_STARTING',
  '57014': 'QUERY_TIMEOUT',
  '55P03': 'QUERY_TIMEOUT',
  '25006': 'READ_ONLY',
  '40001': 'TRANSACTION_CONFLICT',
  '40P01': 'TRANSACTION_CONFLICT',
  '55006': 'TRANSACTION_CONFLICT',
  '25P03': 'CONNECTION_LOST',
  '57P04': 'DATABASE_MISSING',
  '57P05': 'CONNECTION_LOST',
};

/**
 * What differs before the login is done: nothing was asked yet but options, and what the server finds wrong is
 * its own configuration.
 */
const atLogin: Record<string, CauseCode> = {
  '42704': 'STARTUP_OPTION_REJECTED',
  '22023': 'STARTUP_OPTION_REJECTED',
  '42501': 'DATABASE_ACCESS_DENIED',
  F0000: 'SERVER_MISCONFIGURED',
  F0001: 'SERVER_MISCONFIGURED',
};

/** Whole classes of SQLSTATE, for what has no row of its own. */
const byClass: Record<string, CauseCode> = {
  '08': 'CONNECTION_LOST',
  '28': 'LOGIN_NOT_PERMITTED',
  '53': 'OUT_OF_MEMORY',
  '58': 'SERVER_ERROR',
  F0: 'SERVER_ERROR',
  XX: 'SERVER_ERROR',
};

/** Classes in which the server refuses the statement itself: SQL, data, constraints, transaction state, its size. */
const statementClasses = [
  '0A',
  '21',
  '22',
  '23',
  '25',
  '26',
  '2B',
  '2D',
  '34',
  '3B',
  '3F',
  '42',
  '44',
  '54',
  'P0',
];

/**
 * How the server tells of a library that its configuration names. The code is that of the system's error, the same
 * as for a data file that is gone, and only this text tells the two apart.
 */
const library = /could not (?:access file|load library)|incompatible library/i;

/** What one SQLSTATE says in several texts: the first row that matches adds to it. */
interface Refinement {
  code: string;
  text: RegExp;
  cause?: CauseCode;
  facts?: Evidence;
}

const refinements: readonly Refinement[] = [
  { code: '28000', text: /no encryption/i, cause: 'ENCRYPTION_REQUIRED' },
  // Where a role is known without a password, and where PAM asks for it (IAM on RDS).
  { code: '28000', text: /^role .* does not exist|authentication failed/i, cause: 'PASSWORD_REJECTED' },
  { code: '28000', text: /valid client certificate/i, cause: 'TLS_CLIENT_CERTIFICATE_REQUIRED' },
  {
    code: '28000',
    text: /no pg_hba\.conf entry/i,
    cause: 'ADDRESS_NOT_ADMITTED',
    facts: { rule: 'none that matches' },
  },
  {
    code: '28000',
    text: /pg_hba\.conf rejects/i,
    cause: 'ADDRESS_NOT_ADMITTED',
    facts: { rule: 'one that rejects' },
  },
  {
    code: '57P03',
    text: /shutting down/i,
    cause: 'SERVER_SHUTTING_DOWN',
    facts: { state: 'shutting down' },
  },
  { code: '57P03', text: /starting up/i, facts: { state: 'starting up' } },
  { code: '57P03', text: /recovery mode/i, facts: { state: 'recovering after a crash' } },
  { code: '57P03', text: /not yet accepting/i, facts: { state: 'not consistent yet' } },
  { code: '57P03', text: /not accepting/i, facts: { state: 'a standby that takes no connections' } },
  { code: '53300', text: /reserved/i, facts: { limit: 'all slots but the reserved ones' } },
  { code: '53300', text: /for role/i, facts: { limit: 'CONNECTION LIMIT of the role' } },
  { code: '53300', text: /for database/i, facts: { limit: 'CONNECTION LIMIT of the database' } },
  { code: '53300', text: /too many clients/i, facts: { limit: 'all slots (max_connections)' } },
  {
    code: '08P01',
    text: /unsupported startup parameter|unrecognized configuration parameter/i,
    cause: 'STARTUP_OPTION_REJECTED',
  },
  // PgBouncer, while every connection of its own is taken.
  {
    code: '08P01',
    text: /query_wait_timeout/i,
    cause: 'TOO_MANY_CONNECTIONS',
    facts: { limit: 'the pooler' },
  },
  { code: '58P01', text: library, cause: 'SERVER_MISCONFIGURED' },
  { code: '42501', text: library, cause: 'SERVER_MISCONFIGURED' },
  { code: 'XX000', text: library, cause: 'SERVER_MISCONFIGURED' },
  { code: '57014', text: /statement timeout/i, facts: { limit: 'statement_timeout' } },
  { code: '57014', text: /user request/i, facts: { limit: 'canceled by another session' } },
  { code: '55P03', text: /./, facts: { limit: 'lock_timeout' } },
  { code: '25P03', text: /./, facts: { limit: 'idle_in_transaction_session_timeout' } },
  { code: '57P05', text: /./, facts: { limit: 'idle_session_timeout' } },
];

const knownCause = (code: string, phase: Phase): CauseCode | undefined => {
  const sqlClass = code.slice(0, 2);
  const known = (phase === 'auth' ? atLogin[code] : undefined) ?? bySqlState[code] ?? byClass[sqlClass];
  return (
    known ?? (phase === 'query' && statementClasses.includes(sqlClass) ? 'STATEMENT_REJECTED' : undefined)
  );
};

export interface Judgement {
  /** Undefined: no row for it. */
  cause: CauseCode | undefined;
  facts: Evidence;
}

export const judgeSqlState = (code: string, message: string, phase: Phase): Judgement => {
  const finer = refinements.find((row) => row.code === code && row.text.test(message));
  return { cause: finer?.cause ?? knownCause(code, phase), facts: finer?.facts ?? {} };
};
