/** The ladder of the auth service, up to its judgement of a key. */
import type { AuthTarget } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { answerEvidence, isJsonObject, unexpectedAnswer } from './http-answer.ts';
import { exchange } from './http-exchange.ts';
import { failed, succeeded } from './outcome.ts';

/** Sent when no key is set: a service that is up answers it with 401. */
const unknownKey = 'breakwater-probe-without-a-key';

/** Checks the auth service within the budget of the run. */
export const checkAuth = (target: AuthTarget, dnsTimeoutMs: number, whole: Budget): Promise<CheckResult> =>
  runCheck('auth', `${target.url.origin}${target.prefix}`, async (climb) => {
    const answered = await exchange(
      target,
      {
        method: 'POST',
        path: '/api/v1/keys/validate',
        headers: { authorization: `Bearer ${target.key?.reveal() ?? unknownKey}` },
        body: { service_id: target.serviceId },
      },
      climb,
      whole.part(target.timeoutMs),
      dnsTimeoutMs,
    );
    if (!answered.ok) return answered;
    const answer = answered.value;
    climb.evidence.status = answer.status;
    const judged = answer.status === 200 || answer.status === 401;
    if (!judged || !isJsonObject(answer)) return unexpectedAnswer(answer);
    if (answer.status === 401 && target.key)
      return failed(
        'API_KEY_REJECTED',
        'the auth service rejects the key of the probe (401)',
        answerEvidence(answer),
      );
    return succeeded({});
  });
