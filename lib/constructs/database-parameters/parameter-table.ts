/**
 * PostgreSQL parameters that may be set here: which major versions of RDS PostgreSQL have them, of what kind
 * and unit they are, and whether a change needs a restart. Contexts and types are PostgreSQL's own
 * (`pg_settings` of 15 to 18); bounds are PostgreSQL's, narrowed where a value outside can only be a mistake.
 */

/** Units as PostgreSQL itself counts the parameter. */
export type ParameterUnit = 'ms' | 's' | 'kB' | 'count';

interface Common {
  /** First and last major version that has the parameter in this form; no last one: still there. */
  first: number;
  last?: number;
  /** A static parameter takes effect after a restart only. */
  apply: 'static' | 'dynamic';
}

export type ParameterForm = Common &
  (
    | { kind: 'boolean' }
    | { kind: 'number'; unit: ParameterUnit; min: number; max: number }
    | { kind: 'choice'; choices: readonly string[] }
    | { kind: 'list'; choices: readonly string[] }
  );

const dynamic = { first: 15, apply: 'dynamic' } as const;
const duration = (unit: 'ms' | 's', min: number, max: number) =>
  ({ ...dynamic, kind: 'number', unit, min, max }) as const;

/** A parameter whose form changed between versions has one row for each form. */
export const parameterTable: Readonly<Record<string, readonly ParameterForm[]>> = {
  'rds.force_ssl': [{ ...dynamic, kind: 'boolean' }],
  log_connections: [
    { ...dynamic, kind: 'boolean', last: 17 },
    {
      first: 18,
      apply: 'dynamic',
      kind: 'list',
      choices: ['receipt', 'authentication', 'authorization', 'setup_durations', 'all'],
    },
  ],
  log_disconnections: [{ ...dynamic, kind: 'boolean' }],
  log_lock_waits: [{ ...dynamic, kind: 'boolean' }],
  log_min_duration_statement: [duration('ms', 100, 600_000)],
  // Below a second, these limits would be a mistaken unit.
  idle_in_transaction_session_timeout: [duration('ms', 1_000, 3_600_000)],
  statement_timeout: [duration('ms', 1_000, 3_600_000)],
  lock_timeout: [duration('ms', 1_000, 3_600_000)],
  transaction_timeout: [{ ...duration('ms', 1_000, 3_600_000), first: 17 }],
  client_connection_check_interval: [duration('ms', 1_000, 600_000)],
  authentication_timeout: [duration('s', 1, 600)],
  tcp_keepalives_idle: [duration('s', 10, 7_200)],
  tcp_keepalives_interval: [duration('s', 1, 600)],
  tcp_keepalives_count: [{ ...dynamic, kind: 'number', unit: 'count', min: 1, max: 20 }],
  tcp_user_timeout: [duration('ms', 1_000, 600_000)],
  track_io_timing: [{ ...dynamic, kind: 'boolean' }],
  log_temp_files: [{ ...dynamic, kind: 'number', unit: 'kB', min: 64, max: 10_485_760 }],
  max_connections: [{ first: 15, apply: 'static', kind: 'number', unit: 'count', min: 20, max: 8_388_607 }],
  'rds.logical_replication': [{ first: 15, apply: 'static', kind: 'boolean' }],
};
