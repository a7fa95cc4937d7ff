/** Which headers go on, in both directions. */
import type { IncomingMessage } from 'node:http';
import type { Identity } from '../auth/index.ts';

export type Headers = Record<string, string | string[]>;

/** They are about one connection, not about the message (RFC 9110, section 7.6.1). */
const ofConnection = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** What the gateway says itself: who the caller is, in the names that MLflow's gateway knows. */
const userHeader = 'x-hokusai-user-id';
const keyHeader = 'x-hokusai-api-key-id';

/** Written anew, or only believed from this side. */
const notFromClients = [
  'host',
  'content-length',
  'expect',
  'forwarded',
  'x-forwarded-host',
  'x-forwarded-prefix',
  'x-forwarded-for',
  // MLflow refuses what comes from a page of another origin than its own address, which no page has.
  'origin',
  'traceparent',
  'tracestate',
  userHeader,
  keyHeader,
];

/** They say what stands behind this service. */
const notForClients = ['server', 'via', 'x-powered-by', 'alt-svc', 'date', 'location'];

/** A connection header may name further ones. */
const named = (connection: string | string[] | undefined): string[] =>
  String(connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());

/** Only what a header can carry: an id from elsewhere must not end the line. */
const carried = (text: string): string => text.replaceAll(/[^\x21-\x7e]/g, encodeURIComponent);

const add = (headers: Headers, name: string, value: string): void => {
  const before = headers[name];
  headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
};

const forwardedFor = ({ headers, socket }: IncomingMessage): string =>
  [headers['x-forwarded-for'], socket.remoteAddress].flat().filter(Boolean).join(', ');

/** The headers of a request for MLflow: as they came, credentials included. */
export const requestHeaders = (raw: IncomingMessage, identity: Identity | null): Headers => {
  const left = new Set([...ofConnection, ...notFromClients, ...named(raw.headers.connection)]);
  const headers: Headers = {};
  for (let index = 0; index + 1 < raw.rawHeaders.length; index += 2) {
    const name = raw.rawHeaders[index]?.toLowerCase() ?? '';
    if (!left.has(name)) add(headers, name, raw.rawHeaders[index + 1] ?? '');
  }
  headers['x-forwarded-for'] = forwardedFor(raw);
  if (identity?.userId) headers[userHeader] = carried(identity.userId);
  if (identity?.keyId) headers[keyHeader] = carried(identity.keyId);
  return headers;
};

/** The headers of an answer for the client. */
export const responseHeaders = (received: Record<string, string | string[] | undefined>): Headers => {
  const left = new Set([...ofConnection, ...notForClients, ...named(received.connection)]);
  return Object.fromEntries(
    Object.entries(received).filter(
      (entry): entry is [string, string | string[]] => entry[1] !== undefined && !left.has(entry[0]),
    ),
  );
};
