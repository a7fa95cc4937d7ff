import type { IncomingMessage } from 'node:http';

/** Names under which this machine alone is reached. */
const ownNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Why a request is refused; undefined when it may pass. A page of somebody else's, open in the same browser,
 * could reach the port: by a name of its own that leads here (DNS rebinding), which Host shows, or with a
 * request of its own (CSRF), which Origin shows. Programs without a browser send no Origin.
 */
export const refusal = ({
  headers,
  method = 'GET',
}: Pick<IncomingMessage, 'headers' | 'method'>): string | undefined => {
  const host = headers.host ?? '';
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!ownNames.has(name))
    return `Host ${JSON.stringify(host)} is not this machine: write localhost or 127.0.0.1.`;
  if (method === 'GET' || method === 'HEAD') return undefined;
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) return `Origin ${origin} may change nothing here.`;
  return undefined;
};

/** Nothing but our own files, nothing inline, and nobody's frame. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};
