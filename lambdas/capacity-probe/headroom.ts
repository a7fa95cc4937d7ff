/** Judges how many connections are left, and says who holds the others. */
import { type Evidence, type Failure, failed, type Outcome, succeeded } from '../../core/checks/index.ts';
import type { SessionGroup, Sessions } from './sessions.ts';

/** Rows of a list in the report; the largest come first. */
const longestList = 10;

/** Holders that the sentence names. */
export const named = 3;

/** Connections that ordinary roles may have, and how many of them are left. */
export const headroomOf = ({ limit, reserved, used }: Sessions) => {
  const usable = Math.max(0, limit - reserved);
  const left = Math.max(0, usable - used);
  return { usable, left, percent: usable === 0 ? 0 : Math.round((1_000 * left) / usable) / 10 };
};

const inState = (groups: readonly SessionGroup[], pattern: RegExp): number =>
  groups.reduce((sum, { state, count }) => sum + (pattern.test(state) ? count : 0), 0);

/** The numbers of a report. */
export const numbersOf = (sessions: Sessions): Evidence => {
  const { limit, reserved, used, groups, waiting, longestTransactionSeconds, blocked, complete } = sessions;
  return {
    used,
    active: inState(groups, /^(active|fastpath)/),
    idle: inState(groups, /^idle$/),
    idleInTransaction: inState(groups, /^idle in transaction/),
    waiting,
    limit,
    reserved,
    headroomPercent: headroomOf(sessions).percent,
    ...(complete
      ? {}
      : { hidden: 'this role does not see the state of other sessions; grant it pg_monitor' }),
    byApplication: groups.slice(0, longestList),
    ...(longestTransactionSeconds === undefined ? {} : { longestTransactionSeconds }),
    blocked: blocked.slice(0, longestList),
  };
};

export const duration = (seconds: number): string => {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
};

interface Holder {
  who: string;
  count: number;
  states: SessionGroup[];
}

const holdersOf = (groups: readonly SessionGroup[]): Holder[] => {
  const holders = new Map<string, Holder>();
  for (const group of groups) {
    const who = `${group.application === '' ? 'an application without a name' : group.application} as ${group.user}`;
    const holder = holders.get(who) ?? { who, count: 0, states: [] };
    holder.count += group.count;
    holder.states.push(group);
    holders.set(who, holder);
  }
  return [...holders.values()].sort((a, b) => b.count - a.count);
};

const stateText = ({ count, state, oldestSeconds }: SessionGroup): string =>
  `${count} ${state}${oldestSeconds === undefined ? '' : ` for up to ${duration(oldestSeconds)}`}`;

/** Who holds most, in words: "hokusai-api as mlflow holds 40 (38 idle for up to 3 h, 2 active for up to 1 s)". */
export const heldBy = (groups: readonly SessionGroup[]): string =>
  holdersOf(groups)
    .slice(0, named)
    .map(({ who, count, states }) => `${who} holds ${count} (${states.map(stateText).join(', ')})`)
    .join('; ');

/**
 * Passes with the numbers, or fails: TOO_MANY_CONNECTIONS when an ordinary role finds none left, HEADROOM_LOW
 * below the given share.
 */
export const judgeHeadroom = (sessions: Sessions, lowestPercent: number): Outcome<Evidence> => {
  const { usable, left, percent } = headroomOf(sessions);
  const evidence = { ...numbersOf(sessions), lowestPercent };
  if (percent >= lowestPercent) return succeeded(evidence);
  const holders = heldBy(sessions.groups);
  return left === 0
    ? failed(
        'TOO_MANY_CONNECTIONS',
        `none of the ${usable} connections for ordinary roles is left: ${holders}`,
        evidence,
      )
    : failed(
        'HEADROOM_LOW',
        `${left} of ${usable} connections are left (${percent} %): ${holders}`,
        evidence,
      );
};

/** What an earlier run saw. */
export interface Remembered {
  at: string;
  sessions: Sessions;
}

/** Older than this it says nothing of now, milliseconds. */
const memoryMs = 600_000;

/**
 * Adds to the refusal of a server without a free connection what the last run saw of it: who held most then is most
 * likely who holds them now. When more came since than were there, it is not, and nobody is named.
 */
export const explainRefusal = (
  failure: Failure,
  remembered: Remembered | undefined,
  now: number,
): Failure => {
  if (!remembered || now - Date.parse(remembered.at) > memoryMs) return failure;
  const { at, sessions } = remembered;
  const { used, limit, reserved, byApplication } = numbersOf(sessions);
  const { left } = headroomOf(sessions);
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1_000));
  const before = `${duration(seconds)} ago ${used} of ${limit} were in use`;
  const lastSeen = { at, used, limit, reserved, byApplication };
  if (left > sessions.used)
    return {
      ...failure,
      detail: `${failure.detail}; ${before}: whoever has taken at least ${left} more since then was not seen; ask pg_stat_activity as a superuser`,
      evidence: { ...failure.evidence, lastSeen, takenSince: left },
    };
  const holders = heldBy(sessions.groups);
  return {
    ...failure,
    detail: `${failure.detail}; ${before}${holders ? `: ${holders}` : ''}`,
    evidence: { ...failure.evidence, lastSeen },
  };
};
