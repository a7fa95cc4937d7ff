/** What an HTTP answer means when it is not the one that was asked for. */
import type { CauseCode } from '../causes/index.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { failed, type Outcome } from './outcome.ts';
import type { Evidence } from './report.ts';

/** Load balancers of AWS sign their own answers with this; those of a target carry the target's. */
const fromLoadBalancer = ({ server }: HttpAnswer): boolean => server.startsWith('awselb');

interface Rule {
  when: (answer: HttpAnswer) => boolean;
  cause: CauseCode;
  /** Without the status, which is added. */
  detail: string;
}

const says = (status: number, text?: RegExp) => (answer: HttpAnswer) =>
  answer.status === status && (text?.test(answer.text) ?? true);
const balancerSays = (status: number) => (answer: HttpAnswer) =>
  answer.status === status && fromLoadBalancer(answer);

/** A table or relation that a database of the service does not have, in the words of the common stacks. */
const schemaMissing = /UndefinedTable|relation \S+ does not exist|no such table|Unknown table|42P01/i;

/** The first rule that fits decides. */
const rules: readonly Rule[] = [
  {
    when: ({ status }) => status >= 300 && status < 400,
    cause: 'REDIRECTED',
    detail: 'the server redirects',
  },
  {
    when: says(400, /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server/i),
    cause: 'TLS_REQUIRED',
    detail: 'the server wants TLS on this port; write https://',
  },
  {
    when: says(400, /No required SSL certificate|SSL certificate error/i),
    cause: 'TLS_CLIENT_CERTIFICATE_REQUIRED',
    detail: 'the server wants a certificate of the client',
  },
  {
    when: says(403, /invalid host header/i),
    cause: 'HOST_HEADER_REJECTED',
    detail: 'the Host header of the request is refused',
  },
  { when: says(421), cause: 'MISDIRECTED_REQUEST', detail: 'the server does not serve this host name' },
  {
    when: says(400, /invalid host/i),
    cause: 'MISDIRECTED_REQUEST',
    detail: 'the server does not serve this host name',
  },
  {
    when: balancerSays(400),
    cause: 'MISDIRECTED_REQUEST',
    detail: 'the load balancer refuses the host name or the form of the request',
  },
  { when: says(429), cause: 'RATE_LIMITED', detail: 'there were too many requests' },
  { when: says(502), cause: 'BAD_GATEWAY', detail: 'the gateway got no usable answer from its target' },
  { when: says(504), cause: 'GATEWAY_TIMEOUT', detail: 'the gateway got no answer from its target in time' },
  {
    when: balancerSays(503),
    cause: 'NO_HEALTHY_TARGET',
    detail: 'the load balancer has no target to send to',
  },
  {
    when: ({ status, text }) => status >= 500 && schemaMissing.test(text),
    cause: 'UPSTREAM_SCHEMA_MISSING',
    detail: 'the service misses a table of its own database',
  },
  {
    when: ({ status }) => status >= 500,
    cause: 'UPSTREAM_ERROR',
    detail: 'the service answered with an error of its own',
  },
  { when: says(401), cause: 'AUTHENTICATION_REQUIRED', detail: 'the service wants credentials' },
  { when: says(407), cause: 'AUTHENTICATION_REQUIRED', detail: 'a proxy on the way wants credentials' },
  { when: balancerSays(403), cause: 'FIREWALL_REJECTED', detail: 'the load balancer forbids the request' },
  { when: says(403), cause: 'FORBIDDEN', detail: 'the service forbids this request' },
  {
    when: balancerSays(404),
    cause: 'NO_LISTENER_RULE',
    detail: 'no rule of the load balancer leads to the service',
  },
  { when: says(404), cause: 'PATH_NOT_FOUND', detail: 'nothing is served under this path' },
  {
    when: ({ status }) => status >= 400,
    cause: 'REQUEST_REJECTED',
    detail: 'the service refuses the form of the request',
  },
];

const titleOf = ({ text, contentType }: HttpAnswer): string | undefined =>
  contentType.startsWith('text/html')
    ? /<title[^>]*>([^<]{1,60})/i.exec(text)?.[1]?.trim().replace(/\s+/g, ' ')
    : undefined;

/** Where it leads, without what a query may carry. */
const placeOf = (location: string | undefined): string | undefined =>
  location?.replace(/[?#].*$/s, '').replace(/:\/\/[^/@]*@/, '://');

export const answerEvidence = (answer: HttpAnswer): Evidence => ({
  path: answer.path,
  status: answer.status,
  contentType: answer.contentType || undefined,
  server: answer.server || undefined,
  answeredBy: fromLoadBalancer(answer) ? 'the load balancer itself' : undefined,
  title: titleOf(answer),
  location: placeOf(answer.location),
  retryAfter: answer.retryAfter,
  says: answer.words,
});

const unexpectedForm = (answer: HttpAnswer): string => {
  const form = answer.contentType.split(';', 1)[0] || 'no content type';
  return answer.json === undefined || form !== 'application/json'
    ? `the answer is a page or another form of data, not that of this service: ${form}`
    : 'the answer is JSON, and not an object as this service gives';
};

/** The failure for an answer that is not what was asked for. */
export const unexpectedAnswer = (answer: HttpAnswer): Outcome<never> => {
  const rule = rules.find(({ when }) => when(answer));
  const place = placeOf(answer.location);
  const detail = rule?.detail ?? unexpectedForm(answer);
  const where = rule?.cause === 'REDIRECTED' ? ` to ${place ?? 'nowhere'}` : '';
  return failed(
    rule?.cause ?? 'UNEXPECTED_CONTENT',
    `${detail}${where} (${answer.status})`,
    answerEvidence(answer),
  );
};

/** Whether the answer is a JSON object, as every answer of these services is. */
export const isJsonObject = ({ json }: HttpAnswer): boolean =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
