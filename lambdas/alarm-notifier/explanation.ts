/** The report that explains an incident. */
import { causes } from '../../core/causes/index.ts';
import { type ConditionName, conditions, type ReportSource } from '../../core/conditions/index.ts';
import { orderOf } from './explains.ts';
import type { Incident } from './incident.ts';
import { type FoundReport, findReport, type ReportReader } from './last-report.ts';
import { attempt } from './reading.ts';

export type Explanation =
  /** `about`: the condition whose probe it is. */
  | { found: true; report: FoundReport; about: ConditionName }
  /** A sentence. */
  | { found: false; why: string };

/** The root, then what follows from it. */
const conditionsOf = ({ root, members }: Incident): ConditionName[] =>
  [root, ...members.toSorted((a, b) => orderOf(a.alarm.condition) - orderOf(b.alarm.condition))].flatMap(
    ({ alarm: { condition } }) => condition ?? [],
  );

const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`;

/** What blocks the way, where the network-path probe has found it. */
const pathReport = async (
  { check, source }: FoundReport,
  at: number,
  reader: ReportReader,
  signal: AbortSignal,
): Promise<FoundReport | undefined> => {
  if (check.ok || !check.cause || causes[check.cause]?.layer !== 'tcp') return undefined;
  const { dependency } = source;
  const reading = await attempt(
    () => findReport(reader, { probe: 'network-path', dependency }, 'failed', at, signal),
    signal,
  );
  return reading.read && reading.value && !reading.value.check.ok ? reading.value : undefined;
};

/** A sentence for each probe whose reports could not be read. */
const unreadOf = (probe: ReportSource['probe'], why: string): string =>
  `The report of the ${probe} probe could not be read: ${why}.`;

/** Of the probe that looks at it, or why there is none. */
const ownExplanation = async (
  about: ConditionName,
  source: ReportSource,
  at: number,
  reader: ReportReader,
  signal: AbortSignal,
): Promise<Explanation> => {
  const wanted = conditions[about].figure === undefined ? 'failed' : 'good';
  const reading = await attempt(() => findReport(reader, source, wanted, at, signal), signal);
  if (!reading.read) return { found: false, why: unreadOf(source.probe, reading.why) };
  if (!reading.value)
    return {
      found: false,
      why: `The ${source.probe} probe has logged no report about ${source.dependency} shortly before ${minuteOf(at)}.`,
    };
  const report = (await pathReport(reading.value, at, reader, signal)) ?? reading.value;
  return { found: true, report, about };
};

const listOf = (sources: readonly ReportSource[]): string =>
  sources.map(({ probe, dependency }) => `${probe} of ${dependency}`).join(', ');

/** Of the first of those that may know which has found something; best what is still so. */
const suspected = async (
  about: ConditionName,
  sources: readonly ReportSource[],
  at: number,
  reader: ReportReader,
  signal: AbortSignal,
): Promise<Explanation> => {
  const readings = await Promise.all(
    sources.map(async (source) => ({
      source,
      reading: await attempt(() => findReport(reader, source, 'failed', at, signal), signal),
    })),
  );
  const found = readings.flatMap(({ reading }) =>
    reading.read && reading.value && !reading.value.check.ok ? reading.value : [],
  );
  const best = found.find(({ goodSince }) => goodSince === undefined) ?? found[0];
  if (best) return { found: true, report: (await pathReport(best, at, reader, signal)) ?? best, about };
  const unread = readings.flatMap(({ source: { probe }, reading }) =>
    reading.read ? [] : unreadOf(probe, reading.why),
  );
  const good = readings.flatMap(({ source, reading }) => (reading.read && reading.value ? source : []));
  const nothing = good.length > 0 ? [`No probe finds anything wrong (${listOf(good)}).`] : [];
  const look = 'The errors in the log of the service say more.';
  return { found: false, why: [...nothing, ...new Set(unread), look].join(' ') };
};

/** Asks for the reports of a probe once: the service that has them takes few questions in a second. */
const askingOnce = ({ reports }: ReportReader): ReportReader => {
  const asked = new Map<ReportSource['probe'], ReturnType<typeof reports>>();
  return {
    reports: (probe, range, signal) => {
      const answer = asked.get(probe) ?? reports(probe, range, signal);
      asked.set(probe, answer);
      return answer;
    },
  };
};

/** Never throws. */
export const explain = async (
  incident: Incident,
  at: number,
  everyReader: ReportReader,
  signal: AbortSignal,
): Promise<Explanation> => {
  const reader = askingOnce(everyReader);
  const names = conditionsOf(incident);
  const looked = names.find((name) => conditions[name].report !== undefined);
  const source = looked && conditions[looked].report;
  const own = looked && source ? await ownExplanation(looked, source, at, reader, signal) : undefined;
  const explains = own?.found && (!own.report.check.ok || conditions[own.about].figure !== undefined);
  const puzzled = names.find((name) => conditions[name].suspects !== undefined);
  if (explains || puzzled === undefined) return own ?? { found: false, why: 'No probe looks at this.' };
  const others = await suspected(puzzled, conditions[puzzled].suspects ?? [], at, reader, signal);
  return others.found ? others : (own ?? others);
};
