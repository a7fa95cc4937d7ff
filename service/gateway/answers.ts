/** What the client gets for an answer of MLflow: the answer itself, or its meaning where it is none of the API. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpTarget } from '../../core/settings/index.ts';
import { sendError } from '../http/errors.ts';
import { readAnswer, type UpstreamAnswer } from '../upstream/index.ts';
import { responseHeaders } from './headers.ts';
import { clientPath, isApi, isDownload, type Mount } from './mounts.ts';
import { withoutAddresses } from './without-addresses.ts';

export interface Relay {
  request: FastifyRequest;
  reply: FastifyReply;
  answer: UpstreamAnswer;
  mount: Mount;
  /** Path below the address of MLflow. */
  path: string;
  target: HttpTarget;
}

/** Bytes of an error that are read to be understood. */
const longestError = 65_536;

/** Seconds that a client is told to wait where MLflow does not say. On 502 and 504 its client's own pauses are longer. */
const waitSeconds: Readonly<Record<number, string>> = { 429: '5', 503: '5' };

const sentences: Readonly<Record<number, string>> = {
  401: 'MLflow wants other credentials',
  403: 'MLflow forbids this request',
  404: 'MLflow has nothing under this path',
  429: 'MLflow has had too many requests',
  502: 'the gateway in front of MLflow got no usable answer',
  503: 'MLflow cannot be used now',
  504: 'the gateway in front of MLflow got no answer in time',
};

const typeOf = ({ headers }: UpstreamAnswer): string =>
  String(headers['content-type'] ?? '').split(';', 1)[0] ?? '';

const isHtml = (answer: UpstreamAnswer): boolean => typeOf(answer) === 'text/html';

/** Where a redirect leads for the client; undefined when it leads away from MLflow. */
const locationFor = ({ mount, target, path }: Relay, location: string): string | undefined => {
  const base = new URL(`${target.url.origin}${target.prefix}${path}`);
  if (!URL.canParse(location, base.href)) return undefined;
  const { origin, pathname, search } = new URL(location, base.href);
  if (origin !== target.url.origin || !pathname.startsWith(`${target.prefix}/`)) return undefined;
  return clientPath(mount, pathname.slice(target.prefix.length)) + search;
};

const redirect = (relay: Relay) => {
  const { request, reply, answer } = relay;
  const given = answer.headers.location;
  const location = typeof given === 'string' ? locationFor(relay, given) : undefined;
  if (location === undefined) {
    void answer.discard();
    return sendError(request, reply, 502, 'MLflow redirects to another server (REDIRECTED)');
  }
  return reply
    .code(answer.status)
    .headers({ ...responseHeaders(answer.headers), location })
    .send(answer.body);
};

const parsedError = (bytes: Buffer | undefined): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(bytes?.toString('utf8') ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

const keptOnErrors = ['retry-after', 'www-authenticate', 'access-control-allow-origin', 'vary'];

/** An error, in JSON whatever it came in. MLflow's own words are passed on, without addresses. */
const relayError = async ({ request, reply, answer, target }: Relay) => {
  const { status, headers } = answer;
  const encoded = headers['content-encoding'] !== undefined;
  const bytes = await readAnswer(answer, longestError);
  const json = encoded ? undefined : parsedError(bytes);
  const kept = Object.entries(responseHeaders(headers)).filter(([name]) => keptOnErrors.includes(name));
  reply.headers(Object.fromEntries(kept));
  const wait = waitSeconds[status];
  if (wait && !headers['retry-after']) reply.header('retry-after', wait);
  if (json && typeof json.error_code === 'string')
    return reply
      .code(status)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(json, (_key, value) => withoutAddresses(value, target)));
  const plain = typeOf(answer) === 'text/plain' && !encoded ? (bytes?.toString('utf8').trim() ?? '') : '';
  const said =
    plain !== '' && plain.length <= 200 && status < 500 ? `: ${withoutAddresses(plain, target)}` : '';
  const detail = sentences[status] ?? `MLflow answered with ${status}`;
  request.log.warn(
    { dependency: 'mlflow', status, contentType: typeOf(answer) },
    'an error that is none of the API',
  );
  return sendError(request, reply, status, `${detail}${said}`);
};

/** Passes the answer on as it comes; errors in the form that clients can read. */
export const relayAnswer = (relay: Relay) => {
  const { request, reply, answer, path } = relay;
  const { status } = answer;
  if (request.method === 'HEAD' && status >= 400) {
    void answer.discard();
    return reply.code(status).headers(responseHeaders(answer.headers)).send();
  }
  if (status >= 400) return relayError(relay);
  if (status >= 300 && status !== 304) return redirect(relay);
  if (isApi(path) && !isDownload(path) && isHtml(answer)) {
    void answer.discard();
    return sendError(request, reply, 502, 'a page came in place of an answer of MLflow (UNEXPECTED_CONTENT)');
  }
  return reply.code(status).headers(responseHeaders(answer.headers)).send(answer.body);
};
