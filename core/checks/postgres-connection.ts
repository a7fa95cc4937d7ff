/** Climbs to a PostgreSQL connection that is ready for queries, over sockets of our own. */
import type { Socket } from 'node:net';
import pg from 'pg';
import type { PostgresTarget, Secret } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { within } from './budget.ts';
import { type Climb, connectLayers, timed } from './ladder.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import { postgresFailure } from './postgres-errors.ts';
import { requestTls } from './postgres-tls-request.ts';
import { refusedAfterHandshake } from './tls.ts';

/**
 * The driver wants to open its own socket; it gets one that is already connected, so that its `connect`
 * only has to say so.
 */
export const alreadyConnected = (socket: Socket): Socket =>
  Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    },
  });

/** How a session of a check looks on the server. */
export interface PostgresSession {
  /** Name that it carries in pg_stat_activity. */
  applicationName: string;
  /**
   * Longest run of a statement, and longest wait for a lock, on the server, milliseconds; as the role has it unless
   * given.
   */
  statementMs?: number;
  /** Told when the connection breaks, also while nothing is asked. */
  onLost?: () => void;
  /** Told what somebody has sent to a channel that it listens on. */
  onNotification?: () => void;
}

export interface PostgresConnection {
  /** Of several statements in one text, the rows of the last. */
  query<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[],
    budget: Budget,
  ): Promise<Outcome<Row[]>>;
  /** As `query`, with the number of rows that the statement gave or changed. */
  run<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[],
    budget: Budget,
  ): Promise<Outcome<Pick<pg.QueryResult<Row>, 'rows' | 'rowCount'>>>;
  close(): void;
}

const logIn = async (
  socket: Socket,
  target: PostgresTarget,
  password: Secret | undefined,
  {
    applicationName,
    statementMs,
    onLost = () => undefined,
    onNotification = () => undefined,
  }: PostgresSession,
  budget: Budget,
): Promise<Outcome<PostgresConnection>> => {
  if (!password) return failed('SETTING_MISSING', 'no password is set and no secret names one');
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    user: target.user,
    database: target.database,
    password: password.reveal(),
    ssl: false,
    stream: () => alreadyConnected(socket),
    application_name: applicationName,
    ...(statementMs !== undefined && { statement_timeout: statementMs, lock_timeout: statementMs }),
    connectionTimeoutMillis: 0,
  });
  client.on('error', onLost);
  client.on('notification', onNotification);
  const close = () => {
    client.end().catch(() => undefined);
    socket.destroy();
  };
  try {
    const connected = await within(
      budget,
      client.connect().then(() => true),
    );
    if (!connected) {
      close();
      return failed(
        'RESPONSE_TIMEOUT',
        'the server took the connection and did not answer the login in time',
      );
    }
  } catch (error) {
    close();
    return { ok: false, failure: refusedAfterHandshake(socket) ?? postgresFailure(error, 'auth') };
  }
  const run = async <Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[],
    queryBudget: Budget,
  ): Promise<Outcome<pg.QueryResult<Row>>> => {
    try {
      const result = await within(queryBudget, client.query<Row>(text, values));
      const last = Array.isArray(result) ? (result.at(-1) as pg.QueryResult<Row>) : result;
      return last
        ? succeeded(last)
        : failed('QUERY_TIMEOUT', 'the server did not answer the query in time', { query: text });
    } catch (error) {
      return { ok: false, failure: postgresFailure(error, 'query') };
    }
  };
  return succeeded({
    close,
    run,
    query: async <Row extends pg.QueryResultRow>(text: string, values: unknown[], queryBudget: Budget) => {
      const result = await run<Row>(text, values, queryBudget);
      return result.ok ? succeeded(result.value.rows) : result;
    },
  });
};

export interface PostgresConnectOptions {
  target: PostgresTarget;
  dnsTimeoutMs: number;
  /** Started beside the network layers, so that a slow secret does not hide what the network says. */
  password: Promise<Outcome<Secret | undefined>>;
  session: PostgresSession;
}

/** The layers below the login: a socket that is connected, and where asked encrypted and verified. */
export const connectPostgresSocket = (
  { host, port, tls }: PostgresTarget,
  dnsTimeoutMs: number,
  climb: Climb,
  budget: Budget,
): Promise<Outcome<Socket>> =>
  connectLayers(
    {
      host,
      port,
      dnsTimeoutMs,
      ...(tls.mode === 'disable'
        ? {}
        : { tls: { host, certificates: tls.certificates }, beforeTls: requestTls }),
    },
    climb,
    budget,
  );

/** One connection: name, socket, TLS, login. A failing network layer wins over an unreadable secret. */
export const connectPostgres = async (
  options: PostgresConnectOptions,
  climb: Climb,
  budget: Budget,
): Promise<Outcome<PostgresConnection>> => {
  const { target, session } = options;
  const socket = await connectPostgresSocket(target, options.dnsTimeoutMs, climb, budget);
  if (!socket.ok) return socket;
  const password = await options.password;
  if (!password.ok) {
    socket.value.destroy();
    return password;
  }
  return timed(climb, 'authMs', () => logIn(socket.value, target, password.value, session, budget));
};
