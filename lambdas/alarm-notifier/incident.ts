/** Which alarms belong together: one incident has one root, and what follows from it. */
import type { Alarm, PastChange } from './alarms.ts';
import { type Explains, orderOf } from './explains.ts';

/** One time for which an alarm was red; without an end it still is. */
export interface Episode {
  alarm: Alarm;
  start: number;
  end?: number;
}

export interface Incident {
  /** What explains the others. */
  root: Episode;
  /** What was red first. It names the thread, because the root may be red a little later than what follows. */
  opener: Episode;
  /** The root among them. */
  members: readonly Episode[];
}

/**
 * How much earlier than its root a consequence may be red: alarms look at windows of different length. What was red
 * for longer had a reason of its own.
 */
export const leadMs = 10 * 60_000;

/** A root that is older than this explains what is new only when no newer one does. */
const recentMs = 30 * 60_000;

/** An alarm that is red again so soon goes on with what it was. */
export const pauseMs = 10 * 60_000;

/**
 * The times for which an alarm was red, oldest first; the last has no end where it is red now. Without data it stays
 * what it was. History may be a moment older than the state, which counts.
 */
export const episodesOf = (alarm: Alarm, changes: readonly PastChange[]): Episode[] => {
  const episodes: Episode[] = [];
  let red: Episode | undefined;
  const last: PastChange = { to: alarm.state, at: alarm.since };
  for (const { to, at } of [...changes.filter((change) => change.at < alarm.since), last]) {
    if (to === 'ALARM' && !red) {
      const before = episodes.at(-1);
      const goesOn = before?.end !== undefined && at - before.end <= pauseMs;
      red = { alarm, start: goesOn ? before.start : at };
      if (goesOn) episodes.pop();
    }
    if (to === 'OK' && red) {
      episodes.push({ ...red, end: at });
      red = undefined;
    }
  }
  return red ? [...episodes, red] : episodes;
};

/** Until when it may have led to something: what has just ended may go on. */
const reach = ({ end }: Episode): number => (end ?? Number.POSITIVE_INFINITY) + pauseMs;

const overlap = (a: Episode, b: Episode): boolean => a.start < reach(b) && b.start < reach(a);

const explainersOf = (one: Episode, episodes: readonly Episode[], explains: Explains): Episode[] =>
  episodes.filter(
    (other) =>
      other !== one &&
      explains(other.alarm.condition, one.alarm.condition) &&
      overlap(other, one) &&
      one.start >= other.start - leadMs,
  );

/**
 * How likely it is that a root explains something, less is more: one that was red shortly before it, then one that
 * has been red for long, then one that is red after it. What comes later changes nothing of what was told.
 */
const distance = (root: Episode, one: Episode): number => {
  if (root.start > one.start) return 2;
  return one.start - root.start <= recentMs ? 0 : 1;
};

const byLikelihood =
  (one: Episode) =>
  (a: Episode, b: Episode): number =>
    distance(a, one) - distance(b, one) ||
    (distance(a, one) === 1 ? b.start - a.start : 0) ||
    orderOf(a.alarm.condition) - orderOf(b.alarm.condition) ||
    a.alarm.name.localeCompare(b.alarm.name);

const rootOf = (one: Episode, episodes: readonly Episode[], explains: Explains): Episode => {
  const explainers = explainersOf(one, episodes, explains);
  const roots = explainers.filter((other) => explainersOf(other, episodes, explains).length === 0);
  return (roots.length > 0 ? roots : explainers).toSorted(byLikelihood(one))[0] ?? one;
};

/** The incident that an episode belongs to. */
export const incidentOf = (one: Episode, episodes: readonly Episode[], explains: Explains): Incident => {
  const root = rootOf(one, episodes, explains);
  const members = episodes.filter(
    (other) => other === root || other === one || rootOf(other, episodes, explains) === root,
  );
  const [opener = root] = members.toSorted(
    (a, b) =>
      a.start - b.start ||
      Number(b === root) - Number(a === root) ||
      orderOf(a.alarm.condition) - orderOf(b.alarm.condition),
  );
  return { root, opener, members };
};
