/**
 * Splits the URL of a server connection into its parts, strictly. A text that a URL parser and a reader
 * would understand differently is refused: with an unencoded `@`, `/`, `#` or `?` in the password, a parser
 * connects to a host that is a piece of the password.
 */
import { isHost } from './parse.ts';
import { Secret } from './secret.ts';

export interface ConnectionUrl {
  scheme: string;
  user?: string;
  password?: Secret;
  host: string;
  port?: number;
  /** Decoded path without its leading slash. */
  path: string;
  parameters: Map<string, string>;
}

export type ConnectionUrlResult = { url: ConnectionUrl } | { problem: string };

const encodings = '@ as %40, / as %2F, # as %23, ? as %3F, : as %3A, % as %25';

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const authorityPattern = /^(?:([^:]*)(?::(.*))?@)?(\[[0-9A-Fa-f:.]+\]|[^:@[\]]*)(?::([^:]*))?$/s;

/** Never puts a part of the text into a problem: any part may belong to the password. */
export const parseConnectionUrl = (raw: string, schemes: readonly string[]): ConnectionUrlResult => {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(raw)?.[1]?.toLowerCase();
  if (!scheme || !schemes.includes(scheme.replace(/\+.*/, '')))
    return { problem: `it must begin with ${schemes.map((name) => `${name}://`).join(' or ')}` };
  if (/[\s\\]/.test(raw)) return { problem: 'it contains white space or a backslash; percent-encode them' };

  const rest = raw.slice(scheme.length + 3);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const tail = end < 0 ? '' : rest.slice(end);
  if (tail.includes('@'))
    return {
      problem: `a URL parser finds another host in it than a reader, because the password holds reserved characters; write ${encodings}`,
    };
  const parts = authorityPattern.exec(authority);
  if (!parts) return { problem: `user, password, host and port cannot be told apart; write ${encodings}` };
  const [, rawUser, rawPassword, rawHost = '', rawPort] = parts;
  const [rawPath = '', rawQuery = ''] = tail.split('?', 2);
  if (tail.includes('#')) return { problem: `it has a fragment (#); write ${encodings}` };
  const [user, password, path] = [rawUser, rawPassword, rawPath.slice(1)].map((part) => decode(part ?? ''));
  if (user === undefined || password === undefined || path === undefined)
    return { problem: `it has a % that is not followed by two hexadecimal digits; write ${encodings}` };
  const host = rawHost.replace(/^\[|\]$/g, '');
  if (host === '') return { problem: 'it names no host' };
  if (!isHost(host))
    return { problem: 'what stands where the host belongs is not a host name or an address' };
  const port = rawPort === undefined || rawPort === '' ? undefined : Number(rawPort);
  if (port !== undefined && !(/^\d+$/.test(rawPort ?? '') && port >= 1 && port <= 65_535))
    return { problem: 'its port is not a number from 1 to 65535' };
  return {
    url: {
      scheme,
      host,
      path,
      parameters: new Map(new URLSearchParams(rawQuery)),
      ...(user ? { user } : {}),
      ...(password ? { password: new Secret(password) } : {}),
      ...(port ? { port } : {}),
    },
  };
};
