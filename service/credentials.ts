import {
  type Budget,
  budgetOf,
  type Outcome,
  type PasswordSource,
  readPassword,
  readPasswordAgain,
  type SecretReader,
  succeeded,
} from '../core/checks/index.ts';
import type { Secret } from '../core/settings/index.ts';

/** The password with which the service logs in to a dependency, as it is now. */
export interface Credentials {
  current(budget: Budget): Promise<Outcome<Secret | undefined>>;
  /**
   * Told that the server rejected a password; says whether there is another one by now. The secret is read
   * once, however many connections were rejected at the same time.
   */
  renew(rejected: Secret): Promise<boolean>;
}

/** Time between two readings of the secret after rejections, milliseconds: a wrong secret must not flood AWS. */
const renewPauseMs = 5_000;

export const createCredentials = (
  source: PasswordSource,
  secrets: SecretReader,
  limits: { readMs: number; now?: () => number },
): Credentials => {
  const { readMs, now = () => performance.now() } = limits;
  let renewed: Secret | undefined;
  let reading: Promise<Secret | undefined> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;

  const readAgain = (rejected: Secret): Promise<Secret | undefined> => {
    readAt = now();
    return readPasswordAgain(source, secrets, budgetOf(readMs), rejected).finally(() => {
      reading = undefined;
    });
  };

  return {
    current: (budget) =>
      renewed ? Promise.resolve(succeeded(renewed)) : readPassword(source, secrets, budget),
    renew: async (rejected) => {
      // Another connection was rejected first, and has found the new one.
      if (renewed && !renewed.equals(rejected)) return true;
      if (!reading && now() - readAt < renewPauseMs) return false;
      reading ??= readAgain(rejected);
      const fresh = await reading;
      if (fresh) renewed = fresh;
      return fresh !== undefined;
    },
  };
};
