/** Asks the server who holds its connections. No text of a query is read: it may hold data. */
import { type Budget, type Outcome, type PostgresConnection, succeeded } from '../../core/checks/index.ts';

/** Sessions of one application and user that are in one state. */
export interface SessionGroup {
  application: string;
  user: string;
  /** As PostgreSQL names it; `hidden` where this role may not see it. */
  state: string;
  count: number;
  /** How long the longest of them has been in this state, seconds; absent where it is hidden. */
  oldestSeconds?: number;
}

export interface BlockedSession {
  pid: number;
  blockedBy: number[];
  /** How long it has waited, seconds. */
  seconds: number;
}

/** A session for which others wait, and which waits for none. */
export interface BlockingSession {
  /** 0 for a prepared transaction, which no session has. */
  pid: number;
  application: string;
  user: string;
  state: string;
  /** How long its transaction has lasted, seconds; absent where it is hidden. */
  transactionSeconds?: number;
}

/** What the server said, the probe's own session left out. */
export interface Sessions {
  /** `max_connections`. */
  limit: number;
  /** Connections that ordinary roles cannot have: those kept for superusers and for roles with a reserve. */
  reserved: number;
  used: number;
  /** Whether the server showed everything; a role without pg_monitor sees its own sessions only. */
  complete: boolean;
  groups: SessionGroup[];
  /** Sessions that wait for a lock; counted among the active ones too. */
  waiting: number;
  longestTransactionSeconds?: number;
  blocked: BlockedSession[];
  blocking: BlockingSession[];
}

/** Blocked sessions that are looked at: finding who blocks stops the lock manager for a moment each time. */
const mostBlocked = 10;

/** Groups that are read; a server with more of them has another problem. */
const mostGroups = 1_000;

/**
 * Sessions are counted by database: that number is right for every role, while pg_stat_activity hides the kind
 * of other roles' sessions from one without pg_monitor. Reserves: superuser_reserved_connections,
 * reserved_connections (PostgreSQL 16), and what RDS kept for rds_superuser before that.
 */
const limitsQuery = `select current_setting('max_connections')::int as "limit",
    current_setting('superuser_reserved_connections')::int
      + coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0)
      + coalesce(nullif(current_setting('rds.rds_superuser_reserved_connections', true), '')::int, 0) as reserved,
    (select sum(numbackends)::int from pg_stat_database) - 1 as "byDatabase"`;

const others = `pg_stat_activity where pid <> pg_backend_pid()
    and (backend_type = 'client backend'
      or (backend_type is null and usesysid is not null and datid is not null))`;

const groupsQuery = `select coalesce(application_name, '') as application, coalesce(usename, '') as "user",
    case when backend_type is null then 'hidden' else coalesce(state, 'starting') end as state,
    count(*)::int as count,
    count(*) filter (where wait_event_type = 'Lock')::int as waiting,
    max(extract(epoch from clock_timestamp() - state_change))::float8 as "oldest",
    max(extract(epoch from clock_timestamp() - xact_start))::float8 as "transaction"
  from ${others} group by 1, 2, 3 order by count(*) desc, 1, 2, 3 limit ${mostGroups}`;

const blockedQuery = `select pid, pg_blocking_pids(pid) as "blockedBy",
    extract(epoch from clock_timestamp() - coalesce(since, query_start, clock_timestamp()))::float8 as seconds
  from (select a.pid, a.query_start,
      (select min(l.waitstart) from pg_locks l where l.pid = a.pid and not l.granted) as since
    from pg_stat_activity a where a.wait_event_type = 'Lock' and a.backend_type = 'client backend') as waiting
  order by seconds desc limit ${mostBlocked}`;

const blockingQuery = `select pid, coalesce(application_name, '') as application, coalesce(usename, '') as "user",
    coalesce(state, 'hidden') as state,
    extract(epoch from clock_timestamp() - xact_start)::float8 as transaction
  from pg_stat_activity where pid = any($1::int[]) order by xact_start nulls last, pid`;

interface Limits {
  limit: number;
  reserved: number;
  byDatabase: number;
}

interface GroupRow extends Omit<SessionGroup, 'oldestSeconds'> {
  waiting: number;
  oldest: number | null;
  transaction: number | null;
}

const tenths = (seconds: number): number => Math.max(0, Math.round(seconds * 10) / 10);

const groupOf = ({ application, user, state, count, oldest }: GroupRow): SessionGroup => ({
  application,
  user,
  state,
  count,
  ...(oldest === null || state === 'hidden' ? {} : { oldestSeconds: tenths(oldest) }),
});

interface BlockingRow extends Omit<BlockingSession, 'transactionSeconds'> {
  transaction: number | null;
}

const blockingOf = ({ transaction, ...session }: BlockingRow): BlockingSession => ({
  ...session,
  ...(transaction === null ? {} : { transactionSeconds: tenths(transaction) }),
});

/** Those at the head of the lines: who is blocked itself explains nothing. */
const headsOf = (blocked: readonly BlockedSession[]): number[] => {
  const waiting = new Set(blocked.map(({ pid }) => pid));
  return [...new Set(blocked.flatMap(({ blockedBy }) => blockedBy))].filter((pid) => !waiting.has(pid));
};

/** @param queryTimeoutMs deadline of each of the questions, milliseconds */
export const readSessions = async (
  connection: PostgresConnection,
  whole: Budget,
  queryTimeoutMs: number,
): Promise<Outcome<Sessions>> => {
  const ask = <Row extends object>(text: string, values: unknown[] = []) =>
    connection.query<Row & Record<string, unknown>>(text, values, whole.part(queryTimeoutMs));
  const limits = await ask<Limits>(limitsQuery);
  if (!limits.ok) return limits;
  const groups = await ask<GroupRow>(groupsQuery);
  if (!groups.ok) return groups;
  const waiting = groups.value.reduce((sum, row) => sum + row.waiting, 0);
  const blocked = waiting > 0 ? await ask<BlockedSession>(blockedQuery) : succeeded([]);
  if (!blocked.ok) return blocked;
  const heads = headsOf(blocked.value);
  const blocking = heads.length > 0 ? await ask<BlockingRow>(blockingQuery, [heads]) : succeeded([]);
  if (!blocking.ok) return blocking;

  const { limit = 0, reserved = 0, byDatabase = 0 } = limits.value[0] ?? {};
  const complete = groups.value.every(({ state }) => state !== 'hidden');
  const seen = groups.value.reduce((sum, { count }) => sum + count, 0);
  const transactions = groups.value.flatMap(({ transaction }) => transaction ?? []);
  return succeeded({
    limit,
    reserved,
    used: complete ? seen : byDatabase,
    complete,
    groups: groups.value.map(groupOf),
    waiting,
    ...(transactions.length > 0 ? { longestTransactionSeconds: tenths(Math.max(...transactions)) } : {}),
    blocked: blocked.value.map(({ pid, blockedBy, seconds }) => ({
      pid,
      blockedBy,
      seconds: tenths(seconds),
    })),
    blocking: [
      ...blocking.value.map(blockingOf),
      ...(heads.includes(0) ? [{ pid: 0, application: '', user: '', state: 'prepared transaction' }] : []),
    ],
  });
};
