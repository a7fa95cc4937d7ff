/** Whether an open connection to Redis is of use: it answers, is the right node, and takes writes. */
import type { RedisTarget } from '../settings/index.ts';
import { attemptBudget, type Budget } from './budget.ts';
import { type Climb, timed } from './ladder.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import type { Conversation } from './redis-command.ts';
import type { ReplyValue } from './redis-reply.ts';

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

/**
 * PING alone is answered by a replica, by a server without memory and by one that cannot save; only a write
 * finds those. ROLE explains them and is no finding when it is forbidden.
 */
export const useRedis = (
  talk: Conversation,
  { commandTimeoutMs }: RedisTarget,
  climb: Climb,
  whole: Budget,
): Promise<Outcome<undefined>> =>
  timed(climb, 'queryMs', async () => {
    const ask = (...words: string[]) => talk.ask(words, attemptBudget(whole, commandTimeoutMs));
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
    return written.ok ? succeeded(undefined) : written;
  });
