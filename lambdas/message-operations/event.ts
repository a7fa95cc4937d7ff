/** Reads what an operator asks for, and who that is. */
import { type MessageRequest, type RefusedResult, readRequest, refused } from '../../core/messages/index.ts';

export interface AskedBy {
  request: MessageRequest;
  /** As they call themselves; the account's own trail knows which identity called. */
  actor: string | undefined;
}

/** Names are those of people and jobs. */
const longestActor = 200;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const actorProblem = (actor: unknown, changes: boolean): string | undefined => {
  const advice = `write who asks, in 1 to ${longestActor} characters, such as "actor": "jane.doe, incident 4711"`;
  if (actor === undefined) return changes ? `actor is missing: ${advice}` : undefined;
  const good = typeof actor === 'string' && actor.trim() !== '' && actor.length <= longestActor;
  return good ? undefined : `actor cannot be used: ${advice}`;
};

/** Milliseconds that a redrive takes when each second has its part. */
const durationOf = (request: MessageRequest): number =>
  request.operation === 'redrive' && !request.dryRun ? (request.limit / request.rate) * 1_000 : 0;

/** @param mostMs what a redrive may take, so that the function is not stopped in the middle of it */
export const readEvent = (
  event: unknown,
  mostMs: number,
): { ok: true; asked: AskedBy } | { ok: false; result: RefusedResult } => {
  if (!isObject(event)) {
    const problem = 'the event is not an object: write {"operation": "depth"}';
    return { ok: false, result: refused('', [problem]) };
  }
  const { operation, actor, ...options } = event;
  const name = typeof operation === 'string' ? operation : '';
  const read = readRequest({ operation, options, spell: (option) => option, also: ['actor'] });
  const who = actorProblem(actor, name === 'redrive' || name === 'purge');
  const problems = [...(read.ok ? [] : read.problems), ...(who ? [who] : [])];
  if (read.ok && durationOf(read.request) > mostMs && 'rate' in read.request) {
    const { limit, rate } = read.request;
    problems.push(
      `limit ${limit} at rate ${rate} takes ${Math.ceil(limit / rate)} s, and the function has ${Math.floor(mostMs / 1_000)} s: write a smaller limit or a higher rate`,
    );
  }
  if (!read.ok || problems.length > 0) return { ok: false, result: refused(name, problems) };
  const asked = { request: read.request, actor: actor as string | undefined };
  return { ok: true, asked };
};
