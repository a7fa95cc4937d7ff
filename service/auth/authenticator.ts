/**
 * Judges API keys: from memory where a good answer is young enough, else by the auth service. While that cannot be
 * asked, a good answer lives longer, so that its outage is not an outage of those whose keys are in use.
 */
import { recoveryBoundMs } from '../../core/resilience/index.ts';
import type { Secret } from '../../core/settings/index.ts';
import type { AskAuthService, Verdict } from './auth-service.ts';
import { type Accepted, fingerprint, KeyCache, type SharedCache } from './cache.ts';

export interface AuthenticatorOptions {
  ask: AskAuthService;
  /** How long a good answer is used without asking, and how much longer while nobody can be asked; milliseconds. */
  lifeMs: number;
  outageLifeMs: number;
  /** Most keys in memory. */
  size: number;
  shared?: SharedCache;
  /** Wall clock milliseconds. */
  now?: () => number;
}

export interface Authenticator {
  /** Never rejects: what the auth service does is the verdict. */
  judge(key: Secret, clientIp: string | undefined): Promise<Verdict>;
}

/** So long may a question take before the holder of a good answer that has aged goes on with it, milliseconds. */
const patienceMs = 250;

/** After an attempt that failed, such a holder goes on at once for so long, milliseconds. */
const pauseMs = 1_000;

interface Question {
  /** When it was asked: whoever joins it later waits only for what is left of the patience. */
  since: number;
  answer: Promise<Verdict>;
}

const valid = ({ identity }: Accepted): Verdict => ({ kind: 'valid', identity });

const waitFor = async <T>(work: Promise<T>, ms: number): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

export const createAuthenticator = (options: AuthenticatorOptions): Authenticator => {
  const { ask, lifeMs, outageLifeMs, shared, now = Date.now } = options;
  const memory = new KeyCache(options.size);
  /** One question at a time for a key, whoever waits for the answer. */
  const asking = new Map<string, Question>();
  let failedAt = Number.NEGATIVE_INFINITY;
  /** When the last question was sent that failed: so long is the outage known to have lasted. */
  let awayAt = Number.NEGATIVE_INFINITY;
  const longestLifeMs = lifeMs + outageLifeMs;

  const age = (entry: Accepted): number => Math.max(0, now() - entry.at);
  const fresh = (entry: Accepted | undefined): entry is Accepted =>
    entry !== undefined && age(entry) < lifeMs;
  const usable = (entry: Accepted | undefined): entry is Accepted =>
    entry !== undefined && age(entry) < longestLifeMs;
  /** Its circuit breaker may let nobody ask for a while after the auth service has come back. */
  const perhapsUsable = (entry: Accepted): boolean =>
    age(entry) < longestLifeMs + (outageLifeMs > 0 ? recoveryBoundMs : 0);
  const outlives = (entry: Accepted, outageUntil: number): boolean => outageUntil - entry.at < longestLifeMs;

  const note = (print: string, verdict: Verdict, since: number): void => {
    if (verdict.kind === 'valid') {
      const entry = { identity: verdict.identity, at: now() };
      memory.set(print, entry);
      shared?.set(print, entry, longestLifeMs);
    } else if (verdict.kind === 'unavailable') {
      failedAt = now();
      if (!verdict.unasked) awayAt = Math.max(awayAt, since);
    } else if (verdict.kind !== 'limited') {
      memory.delete(print);
      shared?.delete(print);
    }
  };

  const question = (print: string, key: Secret, clientIp: string | undefined): Question => {
    const running = asking.get(print);
    if (running) return running;
    const since = now();
    const answer = ask(key, clientIp)
      .then((verdict) => {
        note(print, verdict, since);
        return verdict;
      })
      .finally(() => asking.delete(print));
    const asked = { since, answer };
    asking.set(print, asked);
    return asked;
  };

  /** Somebody who is known, and whose answer has aged; undefined when it has aged too much. */
  const renew = async (held: Accepted, { since, answer }: Question): Promise<Verdict | undefined> => {
    const patience = now() - failedAt < pauseMs ? 0 : patienceMs - Math.max(0, now() - since);
    const verdict = await waitFor(answer, Math.max(0, patience));
    if (verdict === undefined) failedAt = now();
    else if (verdict.kind !== 'unavailable') return verdict;
    return outlives(held, verdict?.unasked ? awayAt : since) ? valid(held) : undefined;
  };

  /** Somebody who is not known here: whoever knows them first answers, this process's peers or the auth service. */
  const introduce = async (print: string, asked: Promise<Verdict>): Promise<Verdict> => {
    if (!shared) return asked;
    const known = shared.get(print);
    const adopt = (entry: Accepted): Verdict => {
      if (!memory.get(print)) memory.set(print, entry);
      return valid(entry);
    };
    const first = await Promise.race([asked, known.then((entry) => (fresh(entry) ? adopt(entry) : asked))]);
    if (first.kind !== 'unavailable') return first;
    const entry = await known;
    return usable(entry) ? adopt(entry) : first;
  };

  return {
    judge: async (key, clientIp) => {
      const print = fingerprint(key);
      const held = memory.get(print);
      if (fresh(held)) return valid(held);
      const asked = question(print, key, clientIp);
      const renewed = held && perhapsUsable(held) ? await renew(held, asked) : undefined;
      return renewed ?? introduce(print, asked.answer);
    },
  };
};
