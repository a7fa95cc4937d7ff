/** Reads what else is red, and since when. */
import { conditionNames } from '../../core/conditions/index.ts';
import type { AlarmChange } from './alarm-change.ts';
import { type Alarm, type AlarmReader, conditionOf, type Severity } from './alarms.ts';
import { createExplains, type Explains } from './explains.ts';
import { type Episode, type Incident, incidentOf, lastEpisode, leadMs } from './incident.ts';
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

/** What has ended lately of the given alarms; those whose history cannot be read are left out. */
const pastEpisodes = async (
  alarms: readonly Alarm[],
  { alarms: reader, signal }: SituationOptions,
): Promise<{ episodes: Episode[]; unread: string[] }> => {
  const asked = alarms.toSorted((a, b) => b.since - a.since).slice(0, mostHistories);
  const readings = await Promise.all(
    asked.map(async (alarm) => ({
      alarm,
      reading: await attempt(() => reader.history(alarm.name, signal), signal),
    })),
  );
  return {
    episodes: readings.flatMap(({ alarm, reading }) =>
      reading.read ? (lastEpisode(alarm, reading.value) ?? []) : [],
    ),
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
  if (change.to === 'ALARM') return { episode: { alarm: subject, start: change.at }, unread: [] };
  if (change.to !== 'OK') return { unread: [] };
  const { episodes, unread } = await pastEpisodes([subject], options);
  const [found] = episodes;
  // History may be a moment older than the message.
  if (found && (found.end ?? 0) >= change.at - 1_000)
    return { episode: { ...found, end: change.at }, unread };
  // Since when it was red is not known, but that it was.
  if (change.from === 'ALARM')
    return { episode: { alarm: subject, start: change.at - 1, end: change.at }, unread };
  return { unread };
};

/** Never throws: what cannot be read is said, and the alarm then stands for itself. */
export const findSituation = async (
  change: AlarmChange,
  severity: Severity,
  options: SituationOptions,
): Promise<FoundSituation> => {
  const { alarms: reader, signal, prefix } = options;
  const [described, ownPart] = await Promise.all([
    attempt(() => reader.describe(signal), signal),
    ownEpisode(change, overlaid(change, severity, undefined, prefix), options),
  ]);
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
    ...ownPart.unread,
  ];
  const base = { change, severity, subject, explains, alsoRed };
  const { episode } = ownPart;
  if (!episode) return { ...base, unread };

  const episodes: Episode[] = [episode, ...alsoRed.map((alarm) => ({ alarm, start: alarm.since }))];
  const asked = new Set<string>();
  /** Adds what of the incident has ended since it began. */
  const addEnded = async (): Promise<Incident> => {
    const { root } = incidentOf(episode, episodes, explains);
    const begin = Math.min(root.start, episode.start) - leadMs;
    const ended = others.filter(
      (alarm) =>
        alarm.state !== 'ALARM' &&
        alarm.since > begin &&
        !asked.has(alarm.name) &&
        (isRelative(alarm, subject, explains) || isRelative(alarm, root.alarm, explains)),
    );
    for (const { name } of ended) asked.add(name);
    const past = await pastEpisodes(ended, options);
    episodes.push(...past.episodes);
    unread.push(...past.unread);
    return incidentOf(episode, episodes, explains);
  };
  const first = await addEnded();
  // A root that has ended itself began earlier, and more may have ended since.
  const incident = first.root.start < episode.start ? await addEnded() : first;
  return { ...base, unread, own: { episode, incident } };
};
