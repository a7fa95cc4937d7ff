/** Makes one connection: the same climb as the probes', a proof that the server answers, and why not. */
import {
  type Budget,
  budgetOf,
  type Climb,
  type Conversation,
  connectRedis,
  explainRedis,
  explanationMs,
  type Failure,
  failed,
  monotonicNow,
  type Outcome,
  type Phases,
  startClimb,
  timed,
} from '../../core/checks/index.ts';
import type { RedisTarget, Secret } from '../../core/settings/index.ts';
import type { Credentials } from '../credentials.ts';

export interface OpeningOptions {
  target: RedisTarget;
  credentials: Credentials;
  dnsMs: number;
  /** Monotonic milliseconds. */
  now: () => number;
}

/** What one attempt came to. */
export interface Attempt {
  outcome: Outcome<Conversation>;
  durationMs: number;
  phases: Phases;
}

/** How the connections look in CLIENT LIST. */
const connectionName = 'breakwater-api';

/**
 * Why a port is silent is asked with further connections. While nothing changes, once in so many milliseconds
 * is enough.
 */
const explainAgainMs = 60_000;

/** The server answers. Whether it may be told a name is its own affair. */
const prove = (
  talk: Conversation,
  { commandTimeoutMs }: RedisTarget,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<unknown>> =>
  timed(climb, 'queryMs', async () => {
    const budget = whole.part(commandTimeoutMs);
    const pong = await talk.ask(['PING'], budget);
    if (!pong.ok) return pong;
    if (pong.value !== 'PONG')
      return failed('NOT_THE_EXPECTED_SERVER', 'PING was not answered with PONG', { received: 'no PONG' });
    const named = await talk.ask(['CLIENT', 'SETNAME', connectionName], budget);
    return named.ok || named.failure.evidence?.reply !== undefined ? pong : named;
  });

/** Gives what makes one attempt after the other. */
export const createOpening = ({ target, credentials, dnsMs, now }: OpeningOptions) => {
  let explained: { raw: Failure['cause']; failure: Failure; at: number } | undefined;

  const explain = async (raw: Failure, climb: Climb, whole: Budget): Promise<Failure> => {
    if (explained?.raw === raw.cause && now() - explained.at < explainAgainMs) return explained.failure;
    const failure = await explainRedis(raw, target, climb, whole);
    explained = { raw: raw.cause, failure, at: now() };
    return failure;
  };

  /** One connection, or why there is none and which password was rejected. */
  const climbUp = async (climb: Climb): Promise<{ outcome: Outcome<Conversation>; rejected?: Secret }> => {
    const whole = budgetOf(target.connectTimeoutMs + explanationMs);
    const password = credentials.current(whole);
    const connected = await connectRedis({ target, dnsTimeoutMs: dnsMs, password }, climb, whole);
    if (!connected.ok) {
      const failure = await explain(connected.failure, climb, whole);
      const outcome = { ok: false, failure } as const;
      const used = failure.cause === 'PASSWORD_REJECTED' ? await password : undefined;
      return used?.ok && used.value ? { outcome, rejected: used.value } : { outcome };
    }
    const talk = connected.value;
    const proven = await prove(talk, target, climb, whole);
    if (proven.ok) return { outcome: connected };
    talk.socket.destroy();
    const failure = talk.begun() ? proven.failure : await explain(proven.failure, climb, whole);
    return { outcome: { ok: false, failure } };
  };

  return async (): Promise<Attempt> => {
    const begun = monotonicNow();
    let climb = startClimb();
    let attempt = await climbUp(climb);
    // The token may have been rotated: the secret is read again, and a new one is tried at once.
    if (attempt.rejected && (await credentials.renew(attempt.rejected))) {
      climb = startClimb();
      attempt = await climbUp(climb);
    }
    if (attempt.outcome.ok) explained = undefined;
    const durationMs = Math.round((monotonicNow() - begun) * 10) / 10;
    return { outcome: attempt.outcome, durationMs, phases: climb.phases };
  };
};
