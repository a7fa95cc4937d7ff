/** Climbs to a PostgreSQL connection that is ready for queries, over sockets of our own. */
import type { Socket } from 'node:net';
import pg from 'pg';
import type { PostgresTarget, Secret } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { within } from './budget.ts';
import { type Climb, connectLayers, timed } from './ladder.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import { postgresFailure } from './postgres-errors.ts';

/** Length 8, code 80877103: the protocol's request for TLS. */
const tlsRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** An error message in place of the one-byte answer: `E`, length, then fields of a letter and a text. */
const errorInAnswer = (answer: Buffer): { code?: string; message?: string } => {
  const fields = answer.subarray(5).toString('utf8').split('\0');
  const field = (letter: string) => fields.find((text) => text.startsWith(letter))?.slice(1);
  return {
    ...(field('C') ? { code: field('C') as string } : {}),
    ...(field('M') ? { message: field('M') as string } : {}),
  };
};

const judgeAnswer = (answer: Buffer, socket: Socket): Outcome<Socket> => {
  const first = String.fromCharCode(answer[0] ?? 0);
  if (first === 'S' && answer.length === 1) return succeeded(socket);
  if (first === 'N') return failed('TLS_NOT_OFFERED', 'the PostgreSQL server answered that it has no TLS');
  if (first === 'E' && answer.length > 6)
    return { ok: false, failure: postgresFailure(errorInAnswer(answer), 'auth') };
  const received = answer
    .subarray(0, 16)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '.');
  return failed('NOT_THE_EXPECTED_SERVER', 'what answers does not speak the PostgreSQL protocol', {
    received,
  });
};

/** Asks the server for TLS, as the protocol wants before the handshake. */
export const requestTls = (socket: Socket, budget: Budget): Promise<Outcome<Socket>> =>
  new Promise((resolve) => {
    const limitMs = Math.round(budget.remaining());
    const finish = (outcome: Outcome<Socket>) => {
      clearTimeout(timer);
      socket.removeListener('data', answered).removeListener('close', closed);
      resolve(outcome);
    };
    const timer = setTimeout(
      () =>
        finish(
          failed('TLS_TIMEOUT', `the request for TLS was not answered within ${limitMs} ms`, { limitMs }),
        ),
      budget.remaining(),
    );
    const answered = (answer: Buffer) => {
      socket.pause();
      finish(judgeAnswer(answer, socket));
    };
    const closed = () =>
      finish(
        failed(
          'NOT_THE_EXPECTED_SERVER',
          'the connection was closed after the request for TLS: no PostgreSQL server there',
        ),
      );
    socket.once('data', answered);
    socket.once('close', closed);
    socket.write(tlsRequest);
  });

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
  /** Told when the connection breaks, also while nothing is asked. */
  onLost?: () => void;
}

export interface PostgresConnection {
  query<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[],
    budget: Budget,
  ): Promise<Outcome<Row[]>>;
  close(): void;
}

const logIn = async (
  socket: Socket,
  target: PostgresTarget,
  password: Secret | undefined,
  { applicationName, onLost = () => undefined }: PostgresSession,
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
    connectionTimeoutMillis: 0,
  });
  client.on('error', onLost);
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
    return { ok: false, failure: postgresFailure(error, 'auth') };
  }
  return succeeded({
    close,
    query: async <Row extends pg.QueryResultRow>(text: string, values: unknown[], queryBudget: Budget) => {
      try {
        const result = await within(queryBudget, client.query<Row>(text, values));
        return result
          ? succeeded(result.rows)
          : failed('QUERY_TIMEOUT', 'the server did not answer the query in time', { query: text });
      } catch (error) {
        return { ok: false as const, failure: postgresFailure(error, 'query') };
      }
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
