/** The ladder of the auth service, up to its judgement of a key. */
import type { AuthTarget } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { answerEvidence, isJsonObject, unexpectedAnswer } from './http-answer.ts';
import { askBeside, placesBeside, worthAskingBeside } from './http-beside.ts';
import { exchangeAndExplain, type HttpRequest } from './http-exchange.ts';
import type { Climb } from './ladder.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';

/** Sent when no key is set: a service that is up answers it with 401. */
const unknownKey = 'breakwater-probe-without-a-key';

const validation = ({ key, serviceId }: AuthTarget): HttpRequest => ({
  method: 'POST',
  path: '/api/v1/keys/validate',
  headers: { authorization: `Bearer ${key?.reveal() ?? unknownKey}` },
  body: { service_id: serviceId },
});

const ask = async (
  target: AuthTarget,
  climb: Climb,
  whole: Budget,
  dnsTimeoutMs: number,
): Promise<Outcome<Record<string, never>>> => {
  const answered = await exchangeAndExplain(target, validation(target), climb, whole, dnsTimeoutMs);
  if (!answered.ok) return answered;
  const answer = answered.value;
  const judged = answer.status === 200 || answer.status === 401;
  if (!judged || !isJsonObject(answer)) return unexpectedAnswer(answer);
  if (answer.status === 401 && target.key)
    return failed(
      'API_KEY_REJECTED',
      'the auth service rejects the key of the probe (401)',
      answerEvidence(answer),
    );
  // Without a key of its own, being told that a key is unknown is what proves that it judges keys.
  climb.evidence.status = answer.status;
  return succeeded({});
};

/** Checks the auth service within the budget of the run. */
export const checkAuth = (target: AuthTarget, dnsTimeoutMs: number, whole: Budget): Promise<CheckResult> =>
  runCheck('auth', `${target.url.origin}${target.prefix}`, async (climb) => {
    const outcome = await ask(target, climb, whole, dnsTimeoutMs);
    if (!outcome.ok && worthAskingBeside(outcome.failure, climb))
      await askBeside(placesBeside(target, validation(target)), climb, whole);
    return outcome;
  });
