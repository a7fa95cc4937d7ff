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

/** Of the root; of what follows from it where no probe looks at the root. */
const sourceOf = ({ root, members }: Incident): { about: ConditionName; source: ReportSource } | undefined =>
  [root, ...members.toSorted((a, b) => orderOf(a.alarm.condition) - orderOf(b.alarm.condition))].flatMap(
    ({ alarm: { condition: about } }) => {
      const source = about && conditions[about].report;
      return source ? [{ about, source }] : [];
    },
  )[0];

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

/** Never throws. */
export const explain = async (
  incident: Incident,
  at: number,
  reader: ReportReader,
  signal: AbortSignal,
): Promise<Explanation> => {
  const looked = sourceOf(incident);
  if (!looked) return { found: false, why: 'No probe looks at this.' };
  const { about, source } = looked;
  const wanted = conditions[about].figure === undefined ? 'failed' : 'good';
  const reading = await attempt(() => findReport(reader, source, wanted, at, signal), signal);
  if (!reading.read)
    return {
      found: false,
      why: `The report of the ${source.probe} probe could not be read: ${reading.why}.`,
    };
  if (!reading.value)
    return {
      found: false,
      why: `The ${source.probe} probe has logged no report about ${source.dependency} shortly before ${minuteOf(at)}.`,
    };
  const report = (await pathReport(reading.value, at, reader, signal)) ?? reading.value;
  return { found: true, report, about };
};
