/** Turns the text of one variable into its value, or says what is wrong and what to write instead. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { SettingDefinition, SettingKind } from './definitions/index.ts';
import { Secret } from './secret.ts';

export type Parsed = { value: unknown } | { problem: string };

type Parser = (raw: string, definition: SettingDefinition) => Parsed;

const longestShown = 80;

/** The value as a message may show it: quoted, shortened, and without the credentials of a URL. */
export const shownValue = (raw: string): string => {
  const masked = raw.replace(/:\/\/.*@/s, '://[secret]@');
  return JSON.stringify(masked.length > longestShown ? `${masked.slice(0, longestShown)}…` : masked);
};

const bounds = ({ min, max }: SettingDefinition): string => `from ${min} to ${max}`;

const numberWithin = (raw: string, definition: SettingDefinition, pattern: RegExp, what: string): Parsed => {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = definition;
  if (!pattern.test(raw))
    return { problem: `write ${what} ${bounds({ ...definition, min, max })}, digits only` };
  const value = Number(raw);
  if (value < min || value > max) return { problem: `write ${what} ${bounds({ ...definition, min, max })}` };
  return { value };
};

const hostPattern = /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/;

/** Whether a text is a host name or an IP address, and nothing else. */
export const isHost = (text: string): boolean =>
  isIP(text) !== 0 || (hostPattern.test(text) && !text.includes('..'));

const host: Parser = (raw) => {
  if (isHost(raw)) return { value: raw };
  if (raw.includes('://')) return { problem: 'write the host name alone, without scheme, user or path' };
  if (raw.includes(':')) return { problem: 'write the host name alone; the port has a variable of its own' };
  return { problem: 'write a host name or an IP address' };
};

const booleans: Record<string, boolean> = {
  true: true,
  '1': true,
  yes: true,
  on: true,
  false: false,
  '0': false,
  no: false,
  off: false,
};

/** Splits PEM text into its certificates; throws when one of them cannot be read. */
const splitPem = (pem: string): string[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)].map(([block]) => {
    new X509Certificate(block);
    return block;
  });

const certificates: Parser = (raw) => {
  const advice = 'write PEM text (-----BEGIN CERTIFICATE-----…) or the path of a PEM file';
  let pem = raw.includes('\n') ? raw : raw.replaceAll('\\n', '\n');
  if (!pem.includes('-----BEGIN')) {
    try {
      pem = readFileSync(raw, 'utf8');
    } catch {
      return { problem: `the file cannot be read; ${advice}` };
    }
  }
  try {
    const list = splitPem(pem);
    if (list.length > 0) return { value: list };
  } catch {
    return { problem: `it holds a certificate that cannot be read; ${advice}` };
  }
  return { problem: `it holds no certificate; ${advice}` };
};

/**
 * Parses an http or https address. Credentials in it, and texts that a URL parser reads differently from
 * a person, are refused.
 */
const url: Parser = (raw) => {
  const advice = 'write http://host:port or https://host';
  const read = /^(https?):\/\/([^/?#\\@]*@)?(\[[0-9A-Fa-f:.]+\]|[^/?#\\@:]+)(:\d+)?([/?#]|$)/i.exec(raw);
  if (!/^https?:\/\//i.test(raw)) return { problem: `it has no http or https scheme; ${advice}` };
  if (read?.[2]) return { problem: 'it carries credentials; put the token into its own variable' };
  if (/[\s\\]/.test(raw)) return { problem: `it contains white space or a backslash; ${advice}` };
  if (!read || !URL.canParse(raw)) return { problem: `it is not a URL; ${advice}` };
  const parsed = new URL(raw);
  if (parsed.hostname !== read[3]?.toLowerCase() || !isHost(parsed.hostname.replace(/^\[|\]$/g, '')))
    return { problem: `a URL parser finds another host in it than a reader; ${advice}` };
  if (parsed.search || parsed.hash) return { problem: `it has a query or a fragment; ${advice}` };
  return { value: parsed };
};

const parsers: Record<SettingKind, Parser> = {
  text: (raw) => ({ value: raw }),
  host,
  port: (raw, definition) =>
    numberWithin(raw, { ...definition, min: 1, max: 65_535 }, /^\d+$/, 'a port number'),
  url,
  integer: (raw, definition) => numberWithin(raw, definition, /^-?\d+$/, 'a whole number'),
  seconds: (raw, definition) => numberWithin(raw, definition, /^-?\d+(\.\d+)?$/, 'seconds as a number'),
  ratio: (raw, definition) =>
    numberWithin(raw, { ...definition, min: 0, max: 1 }, /^\d+(\.\d+)?$/, 'a number from 0 to 1'),
  boolean: (raw) => {
    const value = booleans[raw.toLowerCase()];
    return value === undefined ? { problem: 'write true or false' } : { value };
  },
  choice: (raw, { choices = [] }) =>
    choices.includes(raw) ? { value: raw } : { problem: `write one of ${choices.join(', ')}` },
  list: (raw, { min = 0, max = 1_000, choices }) => {
    const value = raw
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
    if (value.length < min || value.length > max) return { problem: `write ${min} to ${max} entries` };
    const known = value.every((part) => choices?.includes(part) ?? true);
    return known ? { value } : { problem: `write one or more of ${choices?.join(', ')}, with commas` };
  },
  certificates,
  secret: (raw) => ({ value: new Secret(raw) }),
  'secret-url': (raw) => ({ value: new Secret(raw) }),
};

/** Whether the value of this kind must never be shown. */
export const isSecretKind = (kind: SettingKind): boolean => kind === 'secret' || kind === 'secret-url';

const reference = /\$\{[^}]*\}|\{\{\s*resolve:[^}]*\}?\}?/;
const onlyReference = /^\s*(\$\{[A-Za-z_][\w.:-]*\}|\{\{\s*resolve:.*)$/s;

/** Whether a template reference was left where its value should be. A password may contain `${` by chance. */
export const isPlaceholder = (raw: string, kind: SettingKind): boolean =>
  kind === 'secret' ? onlyReference.test(raw) : reference.test(raw);

export const parseValue = (raw: string, definition: SettingDefinition): Parsed => {
  if (!isSecretKind(definition.kind) && definition.kind !== 'certificates' && raw !== raw.trim())
    return { problem: 'it begins or ends with white space; write it without' };
  return parsers[definition.kind](raw, definition);
};
