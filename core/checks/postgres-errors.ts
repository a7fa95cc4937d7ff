/** What an error of PostgreSQL, or of the connection to it, means. */
import type { CauseCode } from '../causes/index.ts';
import { errorFields, type Failure } from './outcome.ts';

interface ServerError {
  code?: string;
  message?: string;
  detail?: string;
}

type Phase = 'auth' | 'query';

const bySqlState: Record<string, CauseCode> = {
  '28P01': 'PASSWORD_REJECTED',
  '28000': 'LOGIN_NOT_PERMITTED',
  '3D000': 'DATABASE_MISSING',
  '55000': 'DATABASE_NOT_ACCEPTING',
  '42501': 'DATABASE_ACCESS_DENIED',
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

/** Whole classes of SQLSTATE, for what has no row of its own (PostgreSQL, "Error Codes"). */
const byClass: Record<string, CauseCode> = {
  '08': 'CONNECTION_LOST',
  '53': 'OUT_OF_MEMORY',
};

/** Classes in which the server refuses the statement itself: SQL, data, constraints, transaction state. */
const statementClasses = ['0A', '21', '22', '23', '25', '26', '2B', '2D', '34', '3B', '3F', '42', '44', 'P0'];

const knownCause = (code: string, phase: Phase): CauseCode | undefined => {
  const sqlClass = code.slice(0, 2);
  const known = bySqlState[code] ?? byClass[sqlClass];
  return (
    known ?? (phase === 'query' && statementClasses.includes(sqlClass) ? 'STATEMENT_REJECTED' : undefined)
  );
};

const sqlStatePattern = /^[0-9A-Z]{5}$/;

const refine = (code: string, message: string, cause: CauseCode): CauseCode => {
  if (code === '28000' && /no encryption/i.test(message)) return 'ENCRYPTION_REQUIRED';
  if (code === '57P03' && /shutting down/i.test(message)) return 'SERVER_SHUTTING_DOWN';
  return cause;
};

const lostConnection = /terminated|closed|not queryable|ECONNRESET|EPIPE/i;

/** Classifies an error of the login or of a query. `UNKNOWN` carries what came. */
export const postgresFailure = (error: unknown, phase: Phase): Failure => {
  const { code = '', message = '', detail } = errorFields(error) as ServerError;
  if (sqlStatePattern.test(code)) {
    const known = knownCause(code, phase);
    const evidence = { sqlstate: code, ...(detail ? { serverDetail: detail } : {}) };
    const text = `${message} (${code})`;
    return known
      ? { cause: refine(code, message, known), detail: text, evidence }
      : { cause: 'UNKNOWN', detail: text, evidence, layer: phase };
  }
  if (/timeout/i.test(message)) {
    return phase === 'auth'
      ? {
          cause: 'RESPONSE_TIMEOUT',
          detail: 'the server took the connection and did not answer the login in time',
        }
      : { cause: 'QUERY_TIMEOUT', detail: 'the server did not answer the query in time' };
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || lostConnection.test(message)) {
    return phase === 'auth'
      ? {
          cause: 'CONNECTION_RESET',
          detail: 'the server closed the connection during the login',
          evidence: { code },
        }
      : { cause: 'CONNECTION_LOST', detail: 'the connection broke during the query', evidence: { code } };
  }
  if (/unexpected (message|response|auth)|unrecognized|protocol|authenticationOk/i.test(message)) {
    return {
      cause: 'NOT_THE_EXPECTED_SERVER',
      detail: 'what answers does not speak the PostgreSQL protocol',
      evidence: { error: message },
    };
  }
  return {
    cause: 'UNKNOWN',
    detail: message || 'an error without a message',
    evidence: { code, error: message },
    layer: phase,
  };
};
