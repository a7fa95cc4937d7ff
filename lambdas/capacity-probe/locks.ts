/** Judges whether somebody keeps others waiting for a lock. */
import { type Evidence, failed, type Outcome, succeeded } from '../../core/checks/index.ts';
import { duration, named, numbersOf } from './headroom.ts';
import type { BlockingSession, Sessions } from './sessions.ts';

/** A transaction that others wait for may last so long, seconds: as long as the service gives one statement. */
const longestSeconds = 5;

/** A prepared transaction has no session, and stays until somebody ends it. */
const isLong = ({ pid, transactionSeconds = 0 }: BlockingSession): boolean =>
  pid === 0 || transactionSeconds >= longestSeconds;

const nameOf = ({ pid, application, user, state, transactionSeconds = 0 }: BlockingSession): string =>
  pid === 0
    ? 'a prepared transaction (pg_prepared_xacts has its name; ROLLBACK PREPARED ends it)'
    : `${application === '' ? 'an application without a name' : application} as ${user}, pid ${pid}, ${state}, for ${duration(transactionSeconds)}`;

/** Passes with the numbers, or fails: LOCK_HELD when others wait for a transaction that lasts too long. */
export const judgeLocks = (sessions: Sessions): Outcome<Evidence> => {
  const evidence = numbersOf(sessions);
  const long = sessions.blocking.filter(isLong);
  if (long.length === 0) return succeeded(evidence);
  const { waiting } = sessions;
  const who = long.slice(0, named).map(nameOf).join('; ');
  return failed(
    'LOCK_HELD',
    `${waiting} ${waiting === 1 ? 'session waits' : 'sessions wait'} for a lock that is held by ${who}`,
    { blocking: long, ...evidence },
  );
};
