import { createHash, timingSafeEqual } from 'node:crypto';
import { type Budget, budgetOf, type SecretReader, secretField } from '../../core/checks/index.ts';
import type { Secret } from '../../core/settings/index.ts';

/** `off`: no operator token is configured. `unavailable`: its secret cannot be read now. */
export type TokenVerdict = 'accepted' | 'rejected' | 'missing' | 'off' | 'unavailable';

export interface OperatorToken {
  /** Judges the value of an Authorization header. */
  judge(authorization: string | undefined): Promise<TokenVerdict>;
}

/** Key of the secret that holds the token. */
export const tokenKey = 'token';

/** Time between two readings of the secret after a token that did not match, milliseconds. */
const rereadMs = 10_000;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes the same time wherever the two differ, and whatever their lengths are. */
const same = (presented: string, expected: Secret): boolean =>
  timingSafeEqual(digest(presented), digest(expected.reveal()));

/** The one form that is taken: `Bearer`, one space, the token, nothing else. */
const presentedToken = (authorization: string | undefined): string | undefined =>
  /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];

const fixedToken = (expected: Secret): OperatorToken => ({
  judge: async (authorization) => {
    const presented = presentedToken(authorization);
    if (presented === undefined) return authorization === undefined ? 'missing' : 'rejected';
    return same(presented, expected) ? 'accepted' : 'rejected';
  },
});

const secretToken = (
  secretId: string,
  secrets: SecretReader,
  readMs: number,
  now: () => number,
): OperatorToken => {
  let readAgainAt = Number.NEGATIVE_INFINITY;
  const read = async (how: 'read' | 'refresh'): Promise<Secret | undefined> => {
    const budget: Budget = budgetOf(readMs);
    const fields = await secrets[how](secretId, budget);
    const field = fields.ok ? secretField(secretId, fields.value, tokenKey) : fields;
    return field.ok ? field.value : undefined;
  };
  return {
    judge: async (authorization) => {
      const presented = presentedToken(authorization);
      if (presented === undefined) return authorization === undefined ? 'missing' : 'rejected';
      const expected = await read('read');
      if (!expected) return 'unavailable';
      if (same(presented, expected)) return 'accepted';
      // It may have been rotated; whoever guesses cannot make us ask AWS at their pace.
      if (now() < readAgainAt) return 'rejected';
      readAgainAt = now() + rereadMs;
      const fresh = await read('refresh');
      return fresh && same(presented, fresh) ? 'accepted' : 'rejected';
    },
  };
};

export const createOperatorToken = (
  { token, secretId }: { token?: Secret; secretId?: string },
  secrets: SecretReader,
  limits: { readMs: number; now?: () => number },
): OperatorToken => {
  if (token) return fixedToken(token);
  if (secretId) return secretToken(secretId, secrets, limits.readMs, limits.now ?? (() => performance.now()));
  return { judge: async () => 'off' };
};
