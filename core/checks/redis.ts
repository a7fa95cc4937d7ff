/** The ladder of Redis: name, connection, TLS, login, a read and a write. */
import type { RedisTarget, Secret } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { type PasswordSource, passwordSource, type SecretReader, withPassword } from './credentials.ts';
import type { Climb } from './ladder.ts';
import { type Failure, type Outcome, succeeded } from './outcome.ts';
import type { Conversation } from './redis-command.ts';
import { connectRedis, explainRedis } from './redis-connect.ts';
import { useRedis } from './redis-usage.ts';

export interface RedisCheckOptions {
  target: RedisTarget;
  secrets: SecretReader;
  dnsTimeoutMs: number;
  /** The list that messages are delivered to, where Redis carries them; it is read, never written. */
  list?: string;
}

/** A conversation that is logged in and has proven of use; closed again when something failed. */
const attempt = async (
  { target, dnsTimeoutMs, list }: RedisCheckOptions,
  password: Promise<Outcome<Secret | undefined>>,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<Conversation>> => {
  const explained = async (failure: Failure): Promise<Outcome<never>> => ({
    ok: false,
    failure: await explainRedis(failure, target, climb, whole),
  });
  const climbed = await connectRedis({ target, dnsTimeoutMs, password }, climb, whole);
  if (!climbed.ok) return explained(climbed.failure);
  const talk = climbed.value;
  const used = await useRedis(talk, target, climb, whole, list);
  if (used.ok) return climbed;
  talk.socket.destroy();
  return talk.begun() ? used : explained(used.failure);
};

/** Where the token is: set, or under this key of the secret. */
export const redisPassword = (target: RedisTarget): PasswordSource => passwordSource(target, 'auth_token');

const targetName = ({ host, port, database }: RedisTarget): string => `${host}:${port}/${database}`;

/** Logs in as the target says; a rejected token is read again once. */
const openRedis = (options: RedisCheckOptions, climb: Climb, whole: Budget): Promise<Outcome<Conversation>> =>
  withPassword(redisPassword(options.target), options.secrets, climb, whole, (known) =>
    attempt(options, known, climb, whole),
  );

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
          const used = await useRedis(kept, options.target, climb, whole, options.list);
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
