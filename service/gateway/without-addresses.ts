import type { HttpTarget } from '../../core/settings/index.ts';

/** What an address in a message becomes. */
const shown = '[internal]';

const patterns: readonly RegExp[] = [
  // URLs with credentials, and those of databases and brokers.
  /\b[a-z][a-z\d+.-]*:\/\/[^\s/@"']*@[^\s"',)]+/gi,
  /\b(?:postgres(?:ql)?|mysql|rediss?|amqps?|mongodb)(?:\+\w+)?:\/\/[^\s"',)]+/gi,
  // IPv4, IPv6 in brackets, and names of private zones; each with its port.
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g,
  /\[[\da-f:]*:[\da-f:.]+\](?::\d{1,5})?/gi,
  /\b[\w-]+(?:\.[\w-]+)*\.(?:internal|local|amazonaws\.com)(?::\d{1,5})?\b/gi,
];

/** A text without addresses of what stands behind this service; everything else as it is. */
export const withoutAddresses = (value: unknown, { url }: HttpTarget): unknown => {
  if (typeof value !== 'string') return value;
  return patterns.reduce((text, pattern) => text.replace(pattern, shown), value.replaceAll(url.host, shown));
};
