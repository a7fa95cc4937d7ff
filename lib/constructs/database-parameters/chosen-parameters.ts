import type { ParameterValue, ParameterValues } from './render-parameters.ts';

const ms = (value: number, reason: string): ParameterValue => ({ value, unit: 'ms', reason });
const s = (value: number, reason: string): ParameterValue => ({ value, unit: 's', reason });
const on = (reason: string): ParameterValue => ({ value: true, reason });

/**
 * What the database runs with. `log_statement` stays off on purpose: it would write the passwords that
 * bootstrap and rotation set into the log.
 */
export const chosenParameters = (major: number): ParameterValues => ({
  'rds.force_ssl': on('No connection without TLS, whatever a client asks for.'),
  log_connections:
    major >= 18
      ? { value: ['authorization', 'setup_durations'], reason: 'Who connected, and how long it took.' }
      : on('Who connected, from where: the audit of access, and the proof of churn.'),
  log_disconnections: on('How long sessions last; a pool that does not hold its connections shows here.'),
  log_lock_waits: on('A statement that waits more than a second for a lock says for which one.'),
  log_min_duration_statement: ms(1_000, 'Half of the 2 s that a query may take under normal load.'),
  statement_timeout: ms(
    30_000,
    'Last resort for every role; the service asks for 5 s, migrations set their own.',
  ),
  lock_timeout: ms(
    10_000,
    'Shorter than statement_timeout, so that the error says that a lock was the reason.',
  ),
  idle_in_transaction_session_timeout: ms(
    60_000,
    'RDS lets a forgotten transaction hold its locks for a day; none here needs a minute.',
  ),
  client_connection_check_interval: ms(
    10_000,
    'A query whose task was stopped ends within 10 s instead of running to its end.',
  ),
  authentication_timeout: s(
    15,
    'A stuck handshake holds a connection; clients give up after 10 s themselves.',
  ),
  tcp_keepalives_idle: s(60, 'A vanished client is noticed after 60 + 3 x 10 = 90 s (RDS: 360 s).'),
  tcp_keepalives_interval: s(10, 'See tcp_keepalives_idle.'),
  tcp_keepalives_count: { value: 3, unit: 'count', reason: 'One lost packet must not end a session.' },
});
