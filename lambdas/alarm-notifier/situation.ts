/** Reads what else is red, and since when. */
import { conditionNames } from '../../core/conditions/index.ts';
import type { AlarmChange } from './alarm-change.ts';
import { type Alarm, type AlarmReader, conditionOf, type Severity } from './alarms.ts';
import { createExplains, type Explains } from './explains.ts';
import { type Episode, episodesOf, type Incident, incidentOf, leadMs, pauseMs } from './incident.ts';
import { attempt } from './reading.ts';
import type { Situation } from './verdict.ts';

export interface FoundSituation extends Situation {
  /** Other alarms that are red, of this incident or not. */
  alsoRed: readonly Alarm[];
  /** What could not be read, as sentences. */
  unread: readonly string[];
}

export interface SituationOptions {
  prefix: string;
  alarms: AlarmReader;
  /** Ends the reading. */
  signal: AbortSignal;
}

/** An incident has a handful of alarms; more calls than this would be throttled. */
const mostHistories = 12;

/** The alarm as its message says it is: what CloudWatch describes may be a moment older. */
const overlaid = (
  change: AlarmChange,
  severity: Severity,
  described: Alarm | undefined,
  prefix: string,
): Alarm => {
  const newer = described !== undefined && described.since > change.at;
  const { to: state, at: since } = change;
  return {
    ...{ name: change.name, condition: conditionOf(change.name, prefix), severity, told: true },
    ...(newer ? { state: described.state, since: described.since } : { state, since }),
  };
};

/** Alarms that may belong to the incident of a subject: what explains it, what it explains, and what has a cause in common with it. */
const isRelative = (alarm: Alarm, subject: Alarm, explains: Explains): boolean => {
  const [a, b] = [alarm.condition, subject.condition];
  return (
    explains(a, b) ||
    explains(b, a) ||
    conditionNames.some((cause) => explains(cause, a) && explains(cause, b))
  );
};

/** When the given alarms were red; one whose history cannot be read, as far as its state tells. */
const readEpisodes = async (
  alarms: readonly Alarm[],
  { alarms: reader, signal }: SituationOptions,
): Promise<{ episodes: Episode[]; unread: string[] }> => {
  const readings = await Promise.all(
    alarms.map(async (alarm) => ({
      alarm,
      reading: await attempt(() => reader.history(alarm.name, signal), signal),
    })),
  );
  return {
    episodes: readings.flatMap(({ alarm, reading }) => episodesOf(alarm, reading.read ? reading.value : [])),
    unread: readings.flatMap(({ alarm, reading }) =>
      reading.read ? [] : [`The history of ${alarm.name} could not be read: ${reading.why}.`],
    ),
  };
};

/** The episode that a change begins or ends. */
const ownEpisode = async (
  change: AlarmChange,
  subject: Alarm,
  options: SituationOptions,
): Promise<{ episode?: Episode; unread: string[] }> => {
  const { episodes, unread } = await readEpisodes([subject], options);
  const last = episodes.at(-1);
  const { at } = change;
  if (last && (last.end === undefined || last.end === at)) return { episode: last, unread };
  // Since when it was red is not known, but that it was.
  return change.to === 'OK' && change.from === 'ALARM'
    ? { episode: { alarm: subject, start: at - 1, end: at }, unread }
    : { unread };
};

/** What was not red has no incident. */
const nothing = (
  change: AlarmChange,
  severity: Severity,
  subject: Alarm,
  unread: readonly string[],
): FoundSituation => ({ change, severity, subject, explains: () => false, alsoRed: [], unread });

/** Never throws: what cannot be read is said, and the alarm then stands for itself. */
export const findSituation = async (
  change: AlarmChange,
  severity: Severity,
  options: SituationOptions,
): Promise<FoundSituation> => {
  const { alarms: reader, signal, prefix } = options;
  const told = overlaid(change, severity, undefined, prefix);
  if (change.to === 'INSUFFICIENT_DATA') return nothing(change, severity, told, []);
  const readingOwn = ownEpisode(change, told, options);
  if (change.from === 'INSUFFICIENT_DATA' && change.to === 'OK') {
    // All alarms of a new environment at the same time: what was never red needs no further call.
    const { episode, unread } = await readingOwn;
    if (!episode) return nothing(change, severity, told, unread);
  }
  const [described, own] = await Promise.all([attempt(() => reader.describe(signal), signal), readingOwn]);
  const all = described.read ? described.value : [];
  const subject = overlaid(
    change,
    severity,
    all.find(({ name }) => name === change.name),
    prefix,
  );
  const others = all.filter(({ name }) => name !== change.name);
  const explains = createExplains(new Set([subject, ...others].flatMap(({ condition }) => condition ?? [])));
  const alsoRed = others.filter(({ state }) => state === 'ALARM');
  const unread = [
    ...(described.read ? [] : [`What else is red could not be read: ${described.why}.`]),
    ...own.unread,
  ];
  const base = { change, severity, subject, explains, alsoRed };
  const { episode } = own;
  if (!episode) return { ...base, unread };

  let episodes: Episode[] = [episode, ...alsoRed.flatMap((alarm) => episodesOf(alarm, []))];
  const asked = new Set<string>();
  /** Adds what of the incident has changed since it began: what has ended, and what was red before. */
  const look = async (): Promise<Incident> => {
    const { root } = incidentOf(episode, episodes, explains);
    const begin = Math.min(root.start, episode.start) - leadMs - pauseMs;
    const near = (alarm: Alarm): boolean =>
      isRelative(alarm, subject, explains) || isRelative(alarm, root.alarm, explains);
    // Those that are not related may still be what explains another one of them.
    const changed = others
      .filter(({ name, since }) => since > begin && !asked.has(name))
      .toSorted((a, b) => Number(near(b)) - Number(near(a)) || b.since - a.since)
      .slice(0, mostHistories);
    for (const { name } of changed) asked.add(name);
    const past = await readEpisodes(changed, options);
    episodes = [...episodes.filter(({ alarm }) => !changed.includes(alarm)), ...past.episodes];
    unread.push(...past.unread);
    return incidentOf(episode, episodes, explains);
  };
  const first = await look();
  // A root that began earlier may have led to more that has ended since.
  const incident = first.root.start < episode.start ? await look() : first;
  return { ...base, unread, own: { episode, incident } };
};
