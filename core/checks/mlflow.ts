/** The ladder of MLflow, up to an answer of its API. `/health` alone would not prove that the API works. */
import type { MlflowTarget } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { type CheckResult, runCheck } from './check.ts';
import { answerEvidence, isJsonObject, unexpectedAnswer } from './http-answer.ts';
import { askBeside, placesBeside, worthAskingBeside } from './http-beside.ts';
import { exchangeAndExplain, type HttpRequest } from './http-exchange.ts';
import type { Climb } from './ladder.ts';
import { type Failure, failed, type Outcome, succeeded } from './outcome.ts';

const search = ({ token }: MlflowTarget): HttpRequest => ({
  method: 'POST',
  path: '/api/2.0/mlflow/experiments/search',
  body: { max_results: 1 },
  ...(token ? { headers: { authorization: `Bearer ${token.reveal()}` } } : {}),
});

/** A refused Host header is sent once more without its port: the two are different entries of --allowed-hosts. */
const withoutPort = (target: MlflowTarget) => {
  const { headers, ...rest } = search(target);
  const request = { ...rest, headers: { ...headers, host: target.url.hostname } };
  return { name: `the API with the Host header "${target.url.hostname}"`, target, request };
};

const lookBeside = (target: MlflowTarget, { cause }: Failure, climb: Climb, whole: Budget): Promise<void> => {
  const places = placesBeside(target, search(target));
  const again = cause === 'HOST_HEADER_REJECTED' && target.url.port !== '';
  return askBeside(again ? [...places, withoutPort(target)] : places, climb, whole);
};

const ask = async (
  target: MlflowTarget,
  climb: Climb,
  whole: Budget,
  dnsTimeoutMs: number,
): Promise<Outcome<Record<string, never>>> => {
  const answered = await exchangeAndExplain(target, search(target), climb, whole, dnsTimeoutMs);
  if (!answered.ok) return answered;
  const answer = answered.value;
  if (answer.status === 200 && isJsonObject(answer)) {
    climb.evidence.status = answer.status;
    return succeeded({});
  }
  return answer.status === 401 && target.token
    ? failed('API_KEY_REJECTED', 'MLflow rejects the token (401)', answerEvidence(answer))
    : unexpectedAnswer(answer);
};

/** Checks MLflow within the budget of the run. */
export const checkMlflow = (
  target: MlflowTarget,
  dnsTimeoutMs: number,
  whole: Budget,
): Promise<CheckResult> =>
  runCheck('mlflow', `${target.url.origin}${target.prefix}`, async (climb) => {
    const outcome = await ask(target, climb, whole, dnsTimeoutMs);
    if (!outcome.ok && worthAskingBeside(outcome.failure, climb))
      await lookBeside(target, outcome.failure, climb, whole);
    return outcome;
  });
