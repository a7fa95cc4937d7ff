/** Whether an open connection to Redis is of use: it answers, is the right node, takes writes, and a list fits. */
import type { RedisTarget } from '../settings/index.ts';
import { attemptBudget, type Budget } from './budget.ts';
import { type Climb, timed } from './ladder.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import type { Conversation } from './redis-command.ts';
import type { ReplyValue } from './redis-reply.ts';
import type { Evidence } from './report.ts';

/** The one key that checks write, and how long it stays, milliseconds. */
const probeKey = 'breakwater:probe';
const probeKeyMs = 60_000;

/** Role of the node, and for a replica where its primary is and whether the link to it is up. */
const noteRole = (role: ReplyValue, climb: Climb): void => {
  if (!Array.isArray(role)) return;
  const [name, host, port, link] = role;
  climb.evidence.role = name;
  if (name === 'slave') Object.assign(climb.evidence, { primary: `${host}:${port}`, linkToPrimary: link });
};

type Ask = (...words: string[]) => Promise<Outcome<ReplyValue>>;

/** What the service does to the list is done in scripts; this one reads its length and nothing else. */
const readLength = "return redis.pcall('LLEN', KEYS[1])";

/**
 * Whether messages can be delivered to this list: scripts may run, the key may be used, and it holds a list or
 * nothing yet. SET on a key of its own proves none of these.
 */
const lookAtList = async (list: string, ask: Ask): Promise<Outcome<undefined>> => {
  const read = await ask('EVAL', readLength, '1', list);
  if (read.ok) return succeeded(undefined);
  const { failure } = read;
  const evidence: Evidence = { ...failure.evidence, key: list };
  if (!/^WRONGTYPE/.test(String(evidence.reply))) return { ok: false, failure: { ...failure, evidence } };
  const type = await ask('TYPE', list);
  const holds = type.ok ? String(type.value) : 'something else';
  const detail = `no message can be delivered: the key "${list}" holds a ${holds}, not a list`;
  return failed('STATEMENT_REJECTED', detail, { ...evidence, ...(type.ok ? { holds } : {}) });
};

/**
 * PING alone is answered by a replica, by a server without memory and by one that cannot save; only a write
 * finds those. ROLE explains them and is no finding when it is forbidden.
 */
export const useRedis = (
  talk: Conversation,
  { commandTimeoutMs }: RedisTarget,
  climb: Climb,
  whole: Budget,
  list?: string,
): Promise<Outcome<undefined>> =>
  timed(climb, 'queryMs', async () => {
    const ask: Ask = (...words) => talk.ask(words, attemptBudget(whole, commandTimeoutMs));
    const pong = await ask('PING');
    if (!pong.ok) return pong;
    if (pong.value !== 'PONG')
      return failed('NOT_THE_EXPECTED_SERVER', 'PING was not answered with PONG', { received: 'no PONG' });
    const role = await ask('ROLE');
    if (role.ok) noteRole(role.value, climb);
    else if (role.failure.cause !== 'FORBIDDEN') return role;
    if (climb.evidence.role === 'sentinel')
      return failed('NOT_THE_EXPECTED_SERVER', 'this is a Sentinel, which keeps no data', {
        received: 'role sentinel',
      });
    const written = await ask('SET', probeKey, 'written by a check', 'PX', String(probeKeyMs));
    if (!written.ok) return written;
    return list === undefined ? succeeded(undefined) : lookAtList(list, ask);
  });
