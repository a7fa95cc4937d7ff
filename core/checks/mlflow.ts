/** The ladder of MLflow, up to an answer of its API. `/health` alone would not prove that the API works. */
import type { MlflowTarget } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { answerEvidence, isJsonObject, unexpectedAnswer } from './http-answer.ts';
import { exchange } from './http-exchange.ts';
import { failed, succeeded } from './outcome.ts';

const path = '/api/2.0/mlflow/experiments/search';

/** Checks MLflow within the budget of the run. */
export const checkMlflow = (
  target: MlflowTarget,
  dnsTimeoutMs: number,
  whole: Budget,
): Promise<CheckResult> =>
  runCheck('mlflow', `${target.url.origin}${target.prefix}`, async (climb) => {
    const answered = await exchange(
      target,
      {
        method: 'POST',
        path,
        body: { max_results: 1 },
        ...(target.token ? { headers: { authorization: `Bearer ${target.token.reveal()}` } } : {}),
      },
      climb,
      whole.part(target.timeoutMs),
      dnsTimeoutMs,
    );
    if (!answered.ok) return answered;
    const answer = answered.value;
    if (answer.status === 200 && isJsonObject(answer)) return succeeded({});
    if (answer.status === 403 && /invalid host header/i.test(answer.text))
      return failed(
        'HOST_HEADER_REJECTED',
        `MLflow refuses the Host header "${target.url.host}" (403)`,
        answerEvidence(answer),
      );
    if (answer.status === 401 && target.token)
      return failed('API_KEY_REJECTED', 'MLflow rejects the token (401)', answerEvidence(answer));
    return unexpectedAnswer(answer);
  });
