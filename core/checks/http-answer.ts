/** What an HTTP status means when it is not the answer of the service itself. */
import type { CauseCode } from '../causes/index.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { failed, type Outcome } from './outcome.ts';
import type { Evidence } from './report.ts';

/** Load balancers of AWS sign their own answers with this. */
const fromLoadBalancer = ({ server }: HttpAnswer): boolean => server.startsWith('awselb');

export const answerEvidence = (answer: HttpAnswer): Evidence => ({
  status: answer.status,
  contentType: answer.contentType || undefined,
  server: answer.server || undefined,
  location: answer.location,
  retryAfter: answer.retryAfter,
});

const causeOf = (answer: HttpAnswer): { cause: CauseCode; detail: string } => {
  const { status } = answer;
  if (status >= 300 && status < 400)
    return {
      cause: 'REDIRECTED',
      detail: `the server redirects to ${answer.location ?? 'nowhere'} (${status})`,
    };
  if (status === 429)
    return { cause: 'RATE_LIMITED', detail: 'the service answered that there were too many requests (429)' };
  if (status === 502)
    return { cause: 'BAD_GATEWAY', detail: 'the gateway got no usable answer from its target (502)' };
  if (status === 504)
    return { cause: 'GATEWAY_TIMEOUT', detail: 'the gateway got no answer from its target in time (504)' };
  if (status === 503 && fromLoadBalancer(answer))
    return { cause: 'NO_HEALTHY_TARGET', detail: 'the load balancer has no target to send to (503)' };
  if (status >= 500)
    return { cause: 'UPSTREAM_ERROR', detail: `the service answered with an error of its own (${status})` };
  if (status === 401)
    return { cause: 'AUTHENTICATION_REQUIRED', detail: 'the service wants credentials (401)' };
  if (status === 403) return { cause: 'FORBIDDEN', detail: 'the service forbids this request (403)' };
  const form = answer.contentType.split(';', 1)[0] || 'no content type';
  return {
    cause: 'UNEXPECTED_CONTENT',
    detail: `the answer is not the one of this service (${status}, ${form})`,
  };
};

/** The failure for an answer that is not what was asked for. */
export const unexpectedAnswer = (answer: HttpAnswer): Outcome<never> => {
  const { cause, detail } = causeOf(answer);
  return failed(cause, detail, answerEvidence(answer));
};

/** Whether the answer is a JSON object, as every answer of these services is. */
export const isJsonObject = ({ json }: HttpAnswer): boolean =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
