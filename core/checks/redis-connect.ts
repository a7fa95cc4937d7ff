/** Climbs to a connection to Redis that is logged in, and finds out more when that fails. */
import type { RedisTarget, Secret } from '../settings/index.ts';
import { attemptBudget, type Budget } from './budget.ts';
import { explain } from './explain.ts';
import { type Climb, connectLayers, timed } from './ladder.ts';
import { type Failure, type Outcome, succeeded } from './outcome.ts';
import { type Conversation, converse } from './redis-command.ts';
import { wantsNoPassword } from './redis-errors.ts';

export interface RedisConnectOptions {
  target: RedisTarget;
  dnsTimeoutMs: number;
  /** Started beside the network layers, so that a slow secret does not hide what the network says. */
  password: Promise<Outcome<Secret | undefined>>;
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

/**
 * One connection: name, socket, TLS, login. A failing network layer wins over an unreadable secret. Without a
 * password the server has not been asked anything yet.
 */
export const connectRedis = async (
  { target, dnsTimeoutMs, password }: RedisConnectOptions,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<Conversation>> => {
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

/** What else can be found out of a connection that never came to an answer of Redis. */
export const explainRedis = (
  failure: Failure,
  { host, port, tls }: RedisTarget,
  climb: Climb,
  whole: Budget,
): Promise<Failure> => explain(failure, { host, port, expected: 'redis', tls }, climb, whole);
