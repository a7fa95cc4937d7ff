/** Whether a change of state is told, to whom, and as what. */
import type { AlarmChange } from './alarm-change.ts';
import type { Alarm, Severity } from './alarms.ts';
import { type Explains, orderOf } from './explains.ts';
import type { Episode, Incident } from './incident.ts';

export type Verdict =
  | {
      send: true;
      /** `eased`: the worst is over, and something is still red. */
      kind: 'opened' | 'eased' | 'cleared';
      to: readonly Severity[];
    }
  | { send: false; why: string };

export interface Situation {
  change: AlarmChange;
  /** Of the topic that it came through. */
  severity: Severity;
  /** The alarm that changed, as CloudWatch describes it now. */
  subject: Alarm;
  /** Its episode, and the incident of that; absent where the alarm was never red. */
  own?: { episode: Episode; incident: Incident };
  explains: Explains;
}

const silent = (why: string): Verdict => ({ send: false, why });

const isRed = ({ end }: Episode): boolean => end === undefined;

const opened = ({ severity, own, explains }: Situation): Verdict => {
  if (severity === 'page' || !own) return { send: true, kind: 'opened', to: [severity] };
  const { episode, incident } = own;
  const cause = incident.members.find(
    (other) =>
      other !== episode &&
      isRed(other) &&
      other.alarm.told &&
      explains(other.alarm.condition, episode.alarm.condition),
  );
  return cause
    ? silent(`it follows from ${cause.alarm.name}, which has been told`)
    : { send: true, kind: 'opened', to: [severity] };
};

/**
 * Who says that all is over, where several end at the same time: the last, among those a page, and then the first of
 * the table.
 */
const lastOf = (members: readonly Episode[]): Episode | undefined =>
  members
    .filter(({ alarm }) => alarm.told)
    .toSorted(
      (a, b) =>
        (b.end ?? 0) - (a.end ?? 0) ||
        Number(b.alarm.severity === 'page') - Number(a.alarm.severity === 'page') ||
        orderOf(a.alarm.condition) - orderOf(b.alarm.condition),
    )[0];

/** Nothing of it is red any more. Whoever was woken is told by the page itself, and does not depend on another alarm. */
const over = (severity: Severity, episode: Episode, { members }: Incident): Verdict => {
  const last = lastOf(members) ?? episode;
  const tickets = members.some(({ alarm }) => alarm.severity === 'ticket' && alarm.told);
  const to: Severity[] = [
    ...(severity === 'page' ? (['page'] as const) : []),
    ...(last === episode && tickets ? (['ticket'] as const) : []),
  ];
  return to.length > 0
    ? { send: true, kind: 'cleared', to }
    : silent(`${last.alarm.name} ended last and tells it`);
};

const ended = ({ change, severity, subject, own, explains }: Situation): Verdict => {
  if (subject.state === 'ALARM' && subject.since > change.at) return silent('it is red again');
  if (!own) return silent('it was not red before');
  const { episode, incident } = own;
  const others = incident.members.filter((member) => member !== episode);
  const red = others.filter(isRed);
  if (red.length === 0) return over(severity, episode, incident);
  const suffering = red.some(({ alarm }) => alarm.severity === 'page');
  if (severity === 'page' && !suffering) return { send: true, kind: 'eased', to: ['page'] };
  // Nobody has been told of what the root explained; from now on nothing explains it.
  const unexplained = red.filter(
    ({ alarm }) =>
      alarm.severity === 'ticket' &&
      explains(subject.condition, alarm.condition) &&
      !red.some((other) => explains(other.alarm.condition, alarm.condition)),
  );
  return incident.root === episode && unexplained.length > 0
    ? { send: true, kind: 'eased', to: [severity] }
    : silent(`${red.map(({ alarm }) => alarm.name).join(', ')} of the same incident still red`);
};

/** Every page that opens is sent. */
export const judge = (situation: Situation): Verdict => {
  const { to } = situation.change;
  if (to === 'ALARM') return opened(situation);
  return to === 'OK' ? ended(situation) : silent('no data is no news');
};
