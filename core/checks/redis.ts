/** The ladder of Redis: name, connection, TLS, login, PING. */
import type { Socket } from 'node:net';
import type { RedisTarget, Secret } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { type PasswordSource, readPassword, readPasswordAgain, type SecretReader } from './credentials.ts';
import { type Climb, connectLayers, timed } from './ladder.ts';
import { type Failure, failed, type Outcome, succeeded } from './outcome.ts';
import { command } from './redis-command.ts';

export interface RedisCheckOptions {
  target: RedisTarget;
  secrets: SecretReader;
  dnsTimeoutMs: number;
}

const logIn = async (
  socket: Socket,
  target: RedisTarget,
  password: Secret | undefined,
  climb: Climb,
  budget: Budget,
): Promise<Outcome<unknown>> => {
  if (password) {
    const words = ['AUTH', ...(target.username ? [target.username] : []), password.reveal()];
    const reply = await command(socket, words, budget);
    const noPassword = !reply.ok && /without any password configured/.test(reply.failure.detail);
    if (noPassword) climb.evidence.serverHasNoPassword = true;
    else if (!reply.ok) return reply;
  }
  if (target.database === 0) return succeeded(undefined);
  const selected = await command(socket, ['SELECT', String(target.database)], budget);
  return selected.ok || !/index is out of range|invalid DB index/i.test(selected.failure.detail)
    ? selected
    : failed('DATABASE_MISSING', `Redis has no logical database ${target.database}`);
};

const connectLayersOf = (options: RedisCheckOptions, tls: boolean, climb: Climb, budget: Budget) => {
  const { host, port } = options.target;
  return connectLayers(
    { host, port, dnsTimeoutMs: options.dnsTimeoutMs, ...(tls ? { tls: { host } } : {}) },
    climb,
    budget,
  );
};

/** Redis takes a TLS hello for an unfinished command and stays silent, so a silent port is asked in plain text. */
const speaksPlainText = async (options: RedisCheckOptions, budget: Budget): Promise<boolean> => {
  const socket = await connectLayersOf(options, false, { phases: {}, evidence: {} }, budget);
  if (!socket.ok) return false;
  const reply = await command(socket.value, ['PING'], budget);
  socket.value.destroy();
  return reply.ok || reply.failure.cause === 'AUTHENTICATION_REQUIRED';
};

/** A TLS port closes on the first plain command; every other failure stays what it is. */
const closedForPlainText = (target: RedisTarget, outcome: { ok: false; failure: Failure }): Outcome<never> =>
  !target.tls && outcome.failure.cause === 'CONNECTION_RESET'
    ? failed('TLS_REQUIRED', 'the server closes connections that are not encrypted')
    : outcome;

const ping = async (
  socket: Socket,
  { commandTimeoutMs }: RedisTarget,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<Record<string, never>>> => {
  const pong = await timed(climb, 'queryMs', () => command(socket, ['PING'], whole.part(commandTimeoutMs)));
  if (!pong.ok) return pong;
  return pong.value === '+PONG'
    ? succeeded({})
    : failed('NOT_THE_EXPECTED_SERVER', 'PING was not answered with PONG');
};

/** A socket that is logged in and has answered PING; closed again when something failed. */
const attempt = async (
  options: RedisCheckOptions,
  password: Promise<Outcome<Secret | undefined>>,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<Socket>> => {
  const { target } = options;
  const socket = await connectLayersOf(options, target.tls, climb, whole.part(target.connectTimeoutMs));
  if (!socket.ok) {
    if (socket.failure.cause !== 'TLS_TIMEOUT') return socket;
    const plain = await speaksPlainText(options, whole.part(target.commandTimeoutMs));
    return plain ? failed('TLS_NOT_OFFERED', 'the Redis server speaks plain text on this port') : socket;
  }
  const use = async (): Promise<Outcome<unknown>> => {
    const credentials = await password;
    if (!credentials.ok) return credentials;
    const loggedIn = await timed(climb, 'authMs', () =>
      logIn(socket.value, target, credentials.value, climb, whole.part(target.commandTimeoutMs)),
    );
    if (!loggedIn.ok) return closedForPlainText(target, loggedIn);
    const pong = await ping(socket.value, target, climb, whole);
    return pong.ok ? pong : closedForPlainText(target, pong);
  };
  const used = await use();
  if (used.ok) return socket;
  socket.value.destroy();
  return used;
};

const targetName = ({ host, port, database }: RedisTarget): string => `${host}:${port}/${database}`;

/** Logs in as the target says; a rejected token is read again once. */
const openRedis = async (
  options: RedisCheckOptions,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<Socket>> => {
  const { target, secrets } = options;
  const source: PasswordSource = {
    key: 'auth_token',
    ...(target.password ? { password: target.password } : {}),
    ...(target.secretId ? { secretId: target.secretId } : {}),
  };
  const first = readPassword(source, secrets, whole);
  const outcome = await attempt(options, first, climb, whole);
  if (outcome.ok || outcome.failure.cause !== 'PASSWORD_REJECTED') return outcome;
  const rejected = await first;
  const fresh = await readPasswordAgain(source, secrets, whole, rejected.ok ? rejected.value : undefined);
  return fresh ? attempt(options, Promise.resolve(succeeded(fresh)), climb, whole) : outcome;
};

/** Checks Redis within the budget of the run. */
export const checkRedis = (options: RedisCheckOptions, whole: Budget): Promise<CheckResult> =>
  runCheck('redis', targetName(options.target), async (climb) => {
    const opened = await openRedis(options, climb, whole);
    if (!opened.ok) return opened;
    opened.value.destroy();
    return succeeded({});
  });

/** A check that keeps its connection from one run to the next, for whoever checks every few seconds. */
export interface LiveRedisCheck {
  /** Asks on the connection that is there, or makes one first; one on which something failed is closed. */
  run(whole: Budget): Promise<CheckResult>;
  close(): void;
}

export const liveRedisCheck = (options: RedisCheckOptions): LiveRedisCheck => {
  let kept: Socket | undefined;
  let closed = false;
  const drop = () => {
    kept?.destroy();
    kept = undefined;
  };
  return {
    run: (whole) =>
      runCheck('redis', targetName(options.target), async (climb) => {
        // A connection that was closed between two checks says nothing of the server: it is made anew.
        if (kept && (kept.destroyed || !kept.writable)) drop();
        if (kept) {
          const pong = await ping(kept, options.target, climb, whole);
          if (!pong.ok || closed) drop();
          return pong;
        }
        const opened = await openRedis(options, climb, whole);
        if (!opened.ok) return opened;
        kept = opened.value;
        if (closed) drop();
        return succeeded({});
      }),
    close: () => {
      closed = true;
      drop();
    },
  };
};
