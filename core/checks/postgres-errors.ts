/** What an error of PostgreSQL, or of the connection to it, means. */
import type { CauseCode } from '../causes/index.ts';
import { errorFields, type Failure } from './outcome.ts';
import { judgeSqlState, type Phase } from './postgres-sqlstates.ts';
import type { Evidence } from './report.ts';
import { tlsFailure } from './tls.ts';

interface ServerError {
  code?: string;
  message?: string;
  detail?: string;
}

const sqlStatePattern = /^[0-9A-Z]{5}$/;

/** An error that the server sent. Its own words stand behind the SQLSTATE that decides. */
const serverFailure = ({ code = '', message = '', detail }: ServerError, phase: Phase): Failure => {
  const { cause, facts } = judgeSqlState(code, message, phase);
  const evidence: Evidence = { sqlstate: code, ...facts, ...(detail ? { serverDetail: detail } : {}) };
  const text = `${message} (${code})`;
  return cause
    ? { cause, detail: text, evidence }
    : { cause: 'UNKNOWN', detail: text, evidence, layer: phase };
};

/** Texts of the driver for what happened to the connection, and what it means in each phase. */
const connectionErrors: readonly {
  pattern: RegExp;
  auth: readonly [CauseCode, string];
  query: readonly [CauseCode, string];
}[] = [
  {
    pattern: /timeout/i,
    auth: ['RESPONSE_TIMEOUT', 'the server took the connection and did not answer the login in time'],
    query: ['QUERY_TIMEOUT', 'the server did not answer the query in time'],
  },
  {
    pattern: /terminated|closed|not queryable|ECONNRESET|EPIPE|ENOTCONN|ETIMEDOUT|UNREACH/i,
    auth: ['CONNECTION_RESET', 'the server closed the connection during the login'],
    query: ['CONNECTION_LOST', 'the connection broke during the query'],
  },
  {
    pattern: /client password must be a (non-empty )?string/i,
    auth: ['SETTING_MISSING', 'the password is empty'],
    query: ['SETTING_MISSING', 'the password is empty'],
  },
  {
    pattern: /unexpected (message|response|auth)|unrecognized|protocol|authenticationOk|SASL|unknown auth/i,
    auth: ['NOT_THE_EXPECTED_SERVER', 'what answers does not speak the PostgreSQL protocol'],
    query: ['NOT_THE_EXPECTED_SERVER', 'what answers does not speak the PostgreSQL protocol'],
  },
];

/** Classifies an error of the login or of a query. `UNKNOWN` carries what came. */
export const postgresFailure = (error: unknown, phase: Phase): Failure => {
  const { code = '', message = '', detail } = errorFields(error) as ServerError;
  if (sqlStatePattern.test(code)) return serverFailure(error as ServerError, phase);
  const ofTls = /^(ERR_SSL_|EPROTO)/.test(code) ? tlsFailure(error) : undefined;
  if (ofTls) return ofTls;
  const known = connectionErrors.find(({ pattern }) => pattern.test(`${code} ${message}`));
  if (known) {
    const [cause, sentence] = known[phase];
    return { cause, detail: sentence, ...(code ? { evidence: { code } } : {}) };
  }
  return {
    cause: 'UNKNOWN',
    detail: message || 'an error without a message',
    evidence: { code, error: message, ...(detail ? { serverDetail: detail } : {}) },
    layer: phase,
  };
};
