/** The ladder of the service itself, up to what `/version` says of the program that runs. */
import type { HttpTarget } from '../settings/index.ts';
import type { Budget } from './budget.ts';
import { runCheck } from './check.ts';
import { answerEvidence, isJsonObject, unexpectedAnswer } from './http-answer.ts';
import { exchangeAndExplain, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import type { Check } from './report.ts';

/** What a task of the service says of its program. */
export interface ToldVersion {
  version: string;
  /** As it was answered: an id of a commit, or another text such as `unknown`. */
  gitCommit: string;
}

/** One answer: the check of the way to it, and what it says where the check is good. */
export interface VersionAnswer {
  check: Check;
  told?: ToldVersion;
}

const request: HttpRequest = { method: 'GET', path: '/version' };

/** Longest text that is taken from an answer: the id of a commit has 40 or 64 signs. */
const longestTold = 64;

/** Who answers is not known yet, and what it says goes to a terminal. */
const harmless = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, longestTold);

const toldIn = (answer: HttpAnswer): Outcome<ToldVersion> => {
  if (answer.status !== 200 || !isJsonObject(answer)) return unexpectedAnswer(answer);
  const { version, git_commit: gitCommit } = answer.json as Record<string, unknown>;
  return typeof gitCommit === 'string'
    ? succeeded({ version: harmless(String(version ?? 'unknown')), gitCommit: harmless(gitCommit) })
    : failed(
        'UNEXPECTED_CONTENT',
        'the answer is JSON without git_commit, which /version of this service has (200)',
        answerEvidence(answer),
      );
};

/** Asks once, on a connection of its own: a load balancer may lead the next one to another task. */
export const askVersion = async (
  target: HttpTarget,
  dnsTimeoutMs: number,
  whole: Budget,
): Promise<VersionAnswer> => {
  let told: ToldVersion | undefined;
  const name = `${target.url.origin}${target.prefix}${request.path}`;
  const { check } = await runCheck('service', name, async (climb) => {
    const answered = await exchangeAndExplain(target, request, climb, whole, dnsTimeoutMs);
    const outcome = answered.ok ? toldIn(answered.value) : answered;
    if (!outcome.ok) return outcome;
    told = outcome.value;
    return succeeded({});
  });
  return { check, ...(told ? { told } : {}) };
};
