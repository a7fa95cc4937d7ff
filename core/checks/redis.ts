/** The ladder of Redis: name, connection, TLS, login, a read and a write. */
import type { RedisTarget, Secret } from '../settings/index.ts';
import { attemptBudget, type Budget } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { type PasswordSource, type SecretReader, withPassword } from './credentials.ts';
import { explain } from './explain.ts';
import { type Climb, connectLayers, timed } from './ladder.ts';
import { type Failure, type Outcome, succeeded } from './outcome.ts';
import { type Conversation, converse } from './redis-command.ts';
import { wantsNoPassword } from './redis-errors.ts';
import { useRedis } from './redis-usage.ts';

export interface RedisCheckOptions {
  target: RedisTarget;
  secrets: SecretReader;
  dnsTimeoutMs: number;
}

const logIn = async (
  talk: Conversation,
  target: RedisTarget,
  password: Secret | undefined,
  climb: Climb,
  budget: Budget,
): Promise<Outcome<unknown>> => {
  if (password) {
    const words = ['AUTH', ...(target.username ? [target.username] : []), password.reveal()];
    const reply = await talk.ask(words, budget);
    if (!reply.ok && !wantsNoPassword(reply.failure)) return reply;
    if (!reply.ok) climb.evidence.serverHasNoPassword = true;
  }
  return target.database === 0 ? succeeded(undefined) : talk.ask(['SELECT', String(target.database)], budget);
};

/** Up to the end of the login. */
const climbUp = async (
  options: RedisCheckOptions,
  password: Promise<Outcome<Secret | undefined>>,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<Conversation>> => {
  const { target, dnsTimeoutMs } = options;
  const { host, port, tls, connectTimeoutMs, commandTimeoutMs } = target;
  const socket = await connectLayers(
    { host, port, dnsTimeoutMs, ...(tls ? { tls: { host } } : {}) },
    climb,
    attemptBudget(whole, connectTimeoutMs),
  );
  if (!socket.ok) return socket;
  const talk = converse(socket.value);
  const credentials = await password;
  const loggedIn = credentials.ok
    ? await timed(climb, 'authMs', () =>
        logIn(talk, target, credentials.value, climb, attemptBudget(whole, commandTimeoutMs)),
      )
    : credentials;
  if (loggedIn.ok) return succeeded(talk);
  socket.value.destroy();
  return loggedIn;
};

/** A conversation that is logged in and has proven of use; closed again when something failed. */
const attempt = async (
  options: RedisCheckOptions,
  password: Promise<Outcome<Secret | undefined>>,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<Conversation>> => {
  const { host, port, tls } = options.target;
  const explained = async (failure: Failure): Promise<Outcome<never>> => {
    const attempted = { host, port, expected: 'redis', tls } as const;
    return { ok: false, failure: await explain(failure, attempted, climb, whole) };
  };
  const climbed = await climbUp(options, password, climb, whole);
  if (!climbed.ok) return explained(climbed.failure);
  const talk = climbed.value;
  const used = await useRedis(talk, options.target, climb, whole);
  if (used.ok) return climbed;
  talk.socket.destroy();
  return talk.begun() ? used : explained(used.failure);
};

const targetName = ({ host, port, database }: RedisTarget): string => `${host}:${port}/${database}`;

/** Logs in as the target says; a rejected token is read again once. */
const openRedis = (
  options: RedisCheckOptions,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<Conversation>> => {
  const { password, secretId } = options.target;
  const source: PasswordSource = {
    key: 'auth_token',
    ...(password ? { password } : {}),
    ...(secretId ? { secretId } : {}),
  };
  return withPassword(source, options.secrets, climb, whole, (known) =>
    attempt(options, known, climb, whole),
  );
};

/** Checks Redis within the budget of the run. */
export const checkRedis = (options: RedisCheckOptions, whole: Budget): Promise<CheckResult> =>
  runCheck('redis', targetName(options.target), async (climb) => {
    const opened = await openRedis(options, climb, whole);
    if (!opened.ok) return opened;
    opened.value.socket.destroy();
    return succeeded({});
  });

/** A check that keeps its connection from one run to the next, for whoever checks every few seconds. */
export interface LiveRedisCheck {
  /** Asks on the connection that is there, or makes one first; one on which something failed is closed. */
  run(whole: Budget): Promise<CheckResult>;
  close(): void;
}

export const liveRedisCheck = (options: RedisCheckOptions): LiveRedisCheck => {
  let kept: Conversation | undefined;
  let closed = false;
  const drop = () => {
    kept?.socket.destroy();
    kept = undefined;
  };
  return {
    run: (whole) =>
      runCheck('redis', targetName(options.target), async (climb) => {
        // A connection that was closed between two checks says nothing of the server: it is made anew.
        if (kept && (kept.socket.destroyed || !kept.socket.writable)) drop();
        if (kept) {
          const used = await useRedis(kept, options.target, climb, whole);
          if (!used.ok || closed) drop();
          return used.ok ? succeeded({}) : used;
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
