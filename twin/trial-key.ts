import { randomBytes } from 'node:crypto';

/** A key that the stand-in for auth accepts, so that whoever starts the twin can try the gateway. */
export interface TrialKey {
  key: string;
  scopes: readonly string[];
}

/** With the first of them its holder administers the registry, with the second it may write. */
const scopes = ['registry:admin', 'model:write'];

/** A new one each time; nothing that is written down anywhere opens a later twin. */
export const createTrialKey = (): TrialKey => ({
  key: `hk_live_${randomBytes(18).toString('base64url')}`,
  scopes,
});

/** How to try the gateway from a shell, in two parts that fit a line of 80 columns each. */
export const trialCommand = (loadBalancer: string, { key }: TrialKey): string[] => [
  `curl -H 'Authorization: Bearer ${key}'`,
  `'${loadBalancer}/api/2.0/mlflow/experiments/search?max_results=1'`,
];
