/**
 * Refuses request targets that two readers could understand differently. A router, a proxy and a file server
 * decode, join and split a path each in its own way; what is forwarded must mean the same to all of them.
 */
import type { FastifyInstance } from 'fastify';
import { sendError } from './errors.ts';

interface Rule {
  wrong: (path: string) => boolean;
  /** What is wrong, and what to write instead. */
  detail: string;
}

/** Segments as a server sees them that decodes before it splits, or drops what follows a semicolon. */
const isDots = (segment: string): boolean => /^(\.|%2e){1,2}(;.*)?$/i.test(segment);

/** The first rule that is broken is told. */
const rules: readonly Rule[] = [
  {
    wrong: (path) => !path.startsWith('/') || path.startsWith('//'),
    detail:
      'the request target must be a path of this service that begins with one slash, not an absolute URL',
  },
  {
    wrong: (path) => /%(?![\da-f]{2})/i.test(path),
    detail: 'the path holds a % that begins no percent-encoded byte; write %25 for the character itself',
  },
  {
    wrong: (path) => /%25[\da-f]{2}/i.test(path),
    detail: 'the path is percent-encoded twice; encode it once',
  },
  {
    wrong: (path) => /%2f|%5c|\\/i.test(path),
    detail: 'the path holds an encoded slash or a backslash; write / between segments',
  },
  {
    wrong: (path) => /%[01][\da-f]|%7f/i.test(path),
    detail: 'the path holds a control character; leave it out',
  },
  { wrong: (path) => path.split('/').some(isDots), detail: 'the path holds a segment . or ..; write it out' },
  {
    wrong: (path) => path.includes('//'),
    detail: 'the path holds an empty segment (//); write one slash between segments',
  },
];

/** What is wrong with a request target; undefined when it can be read in one way only. */
export const targetProblem = (target: string): string | undefined => {
  const path = target.split('?', 1)[0] ?? '';
  return rules.find(({ wrong }) => wrong(path))?.detail;
};

/** Two readers may each believe another one of two Host headers (RFC 9112, section 3.2). */
const hostProblem = (rawHeaders: readonly string[]): string | undefined => {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  return hosts.length > 1 ? 'the request has more than one Host header; send one' : undefined;
};

/** Answers such requests with 400, whatever route they are for. */
export const refuseUnclearTargets = (server: FastifyInstance): void => {
  server.addHook('onRequest', ({ raw }, reply, done) => {
    const problem = targetProblem(raw.url ?? '') ?? hostProblem(raw.rawHeaders);
    if (problem === undefined) done();
    else sendError(reply.request, reply, 400, problem);
  });
};
