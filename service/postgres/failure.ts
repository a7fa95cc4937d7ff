/**
 * What a failed operation on the database means: whether it may pass, whether what was asked may have
 * happened all the same, and what is left of the connection. The rules are those of the driver's errors
 * (PostgreSQL, "Error Codes"; node-postgres 8.23): the phase is part of the answer.
 */
import { type CauseCode, causes } from '../../core/causes/index.ts';
import { type Failure, postgresFailure } from '../../core/checks/index.ts';
import type { AttemptFailure } from '../../core/resilience/index.ts';

/**
 * `connect`: nothing was sent. `statement`: a statement that commits by itself. `transaction`: a statement
 * before the commit, which a lost connection undoes. `commit`: the commit itself.
 */
export type Phase = 'connect' | 'statement' | 'transaction' | 'commit';

export interface OperationFailure extends AttemptFailure {
  cause: CauseCode;
  detail: string;
  evidence: Record<string, unknown>;
  phase: Phase;
  /** The connection cannot be used again. */
  fatal: boolean;
  /** Connections made before are suspect too: the server went away, or is no longer the writer. */
  evicts: boolean;
  /** The database could not be used; false when the server is well and refuses what was asked. */
  unavailable: boolean;
}

/** The server is well and answered; what was asked is refused or in the way of something else. */
const answered: readonly CauseCode[] = [
  'STATEMENT_REJECTED',
  'TRANSACTION_CONFLICT',
  'PRIVILEGE_MISSING',
  'SCHEMA_MISSING',
  'POOL_EXHAUSTED',
];

/** Ends the session: no further statement on this connection. */
const fatalStates = ['25P03', '57P01', '57P02', '57P03', '57P04', '57P05', '25006'];
const evictingStates = ['25006', '57P01', '57P02', '57P03'];
/** A statement that ran into its own limit would do so again; a connection cut by the server is repeated. */
const noHelp = ['57014'];

/**
 * Where a connection attempt differs from what the table of causes says. Waiting in line again would only add
 * to the load; a rejected password has been read again by then; a name may be missing during a failover.
 */
const transientToConnect: Partial<Record<CauseCode, boolean>> = {
  POOL_EXHAUSTED: false,
  PASSWORD_REJECTED: false,
  DNS_NOT_FOUND: true,
};

/** A failure before anything was sent. */
export const connectFailure = ({ cause, detail, evidence = {} }: Failure): OperationFailure => ({
  cause,
  detail,
  evidence,
  phase: 'connect',
  transient: transientToConnect[cause] ?? causes[cause].retryable,
  outcomeUnknown: false,
  fatal: false,
  evicts: false,
  unavailable: cause !== 'POOL_EXHAUSTED',
});

const bySqlState = (failure: Failure, sqlstate: string, phase: Phase): OperationFailure => {
  const fatal = fatalStates.includes(sqlstate) || /^(08|58|XX)/.test(sqlstate);
  const cutOff = fatal && !['25P03', '57P05', '25006'].includes(sqlstate);
  return {
    cause: failure.cause,
    detail: failure.detail,
    evidence: failure.evidence ?? {},
    phase,
    transient: causes[failure.cause].retryable && !noHelp.includes(sqlstate),
    // An error of the server means that it rolled back; one that ends the session may have come too late.
    outcomeUnknown: cutOff && phase !== 'transaction',
    fatal,
    evicts: evictingStates.includes(sqlstate),
    // A lock that was not had is the work of another transaction, not of the server.
    unavailable: !answered.includes(failure.cause) && sqlstate !== '55P03',
  };
};

/** A failure of something that was sent. */
export const sentFailure = (error: unknown, phase: Exclude<Phase, 'connect'>): OperationFailure => {
  const failure = postgresFailure(error, 'query');
  const sqlstate = failure.evidence?.sqlstate;
  if (typeof sqlstate === 'string') return bySqlState(failure, sqlstate, phase);
  // Without an SQLSTATE the connection itself failed, or nothing came: the server may have done it.
  return {
    cause: failure.cause,
    detail: failure.detail,
    evidence: failure.evidence ?? {},
    phase,
    transient: true,
    outcomeUnknown: phase !== 'transaction',
    fatal: true,
    evicts: true,
    unavailable: true,
  };
};

/** What a caller gets when an operation has failed for good. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly failure: OperationFailure;
  /** How many attempts were made. */
  readonly attempts: number;
  override readonly cause: CauseCode;

  constructor(failure: OperationFailure, attempts = 1) {
    super(failure.detail);
    this.failure = failure;
    this.cause = failure.cause;
    this.attempts = attempts;
  }

  /** The SQLSTATE, where the server gave one. */
  get sqlstate(): string | undefined {
    const { sqlstate } = this.failure.evidence;
    return typeof sqlstate === 'string' ? sqlstate : undefined;
  }

  /** Whether it refuses a value, or more of it than it can take (SQLSTATE classes 22 and 54): again and again. */
  get unfit(): boolean {
    return /^(22|54)/.test(this.sqlstate ?? '');
  }
}
