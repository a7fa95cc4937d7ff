/** What an error answer says in words, as far as it can be shown. */

const longestShown = 120;
/** A part of this length that answer and request have in common may be a part of the token. */
const shortestPart = 8;

const repeats = (text: string, secret: string): boolean => {
  for (let start = 0; start + shortestPart <= secret.length; start++)
    if (text.includes(secret.slice(start, start + shortestPart))) return true;
  return false;
};

/** One problem of a validation, as FastAPI lists them. */
const problem = (entry: unknown): string => {
  const { loc, msg } = (entry ?? {}) as { loc?: unknown; msg?: unknown };
  return `${Array.isArray(loc) ? loc.join('.') : ''} ${typeof msg === 'string' ? msg : ''}`.trim();
};

const wordsIn = (json: unknown): string => {
  if (typeof json !== 'object' || json === null) return '';
  const { error_code, message, detail, error } = json as Record<string, unknown>;
  const details = Array.isArray(detail) ? detail.map(problem).join('; ') : detail;
  return [error_code, message, details, error].filter((part) => typeof part === 'string').join(': ');
};

/** The message of a JSON answer, shortened; nothing when it repeats a part of the token that was sent. */
export const wordsOf = (json: unknown, sent: string | undefined): string | undefined => {
  const words = wordsIn(json).replace(/[^\x20-\x7e]+/g, ' ');
  const secret = sent?.replace(/^Bearer /, '') ?? '';
  return words === '' || repeats(words, secret) ? undefined : words.slice(0, longestShown);
};
