import type { IncomingHttpHeaders } from 'node:http';
import { Secret } from '../../core/settings/index.ts';

/** `unusable`: it holds what no key and no header may hold, so that nobody is asked about it. */
export type PresentedKey = { key: Secret; inQuery: boolean } | 'missing' | 'unusable';

const usable = /^[\x21-\x7e]{1,512}$/;

const credentials = (authorization: string | undefined, scheme: string): string | undefined => {
  const [given = '', ...rest] = (authorization ?? '').trim().split(/\s+/);
  return given.toLowerCase() === scheme && rest.length > 0 ? rest.join(' ') : undefined;
};

const one = (header: string | string[] | undefined): string | undefined =>
  (Array.isArray(header) ? header[0] : header)?.trim() || undefined;

const fromQuery = (target: string): string | undefined => {
  const start = target.indexOf('?');
  return start < 0 ? undefined : (new URLSearchParams(target.slice(start + 1)).get('api_key') ?? undefined);
};

/**
 * The API key of a request, in the first of its forms that is there: `Authorization: Bearer`,
 * `Authorization: ApiKey`, `X-API-Key`, and `api_key` in the query.
 */
export const presentedKey = (headers: IncomingHttpHeaders, target: string): PresentedKey => {
  const inHeader =
    credentials(headers.authorization, 'bearer') ??
    credentials(headers.authorization, 'apikey') ??
    one(headers['x-api-key']);
  const text = inHeader ?? fromQuery(target);
  if (text === undefined || text === '') return 'missing';
  return usable.test(text) ? { key: new Secret(text), inQuery: inHeader === undefined } : 'unusable';
};
