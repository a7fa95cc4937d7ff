import { minuteOf, problemsOf } from '../history.ts';
import { alarmView } from './alarm-view.ts';
import type { FaultView } from './fault-view.ts';
import type { PageSubject } from './subject.ts';

const minute = 60_000;

/** Changes of configuration that are sent along, the last ones. */
const changesShown = 20;

/** The answer of `/ready`, or why there is none. */
export interface Readiness {
  status: number | null;
  body: unknown;
}

const serviceView = ({ twin }: PageSubject, ready: Readiness | undefined): object => {
  const { service } = twin;
  const health = service.health();
  return {
    url: service.url,
    address: service.address() ?? null,
    health: health ? { said: health.said, status: health.status ?? null, body: health.body } : null,
    ready: ready ?? null,
    target: service.status(),
  };
};

/** What `GET /api/state` answers, and every event carries. */
export const stateOf = (
  subject: PageSubject,
  { ready, faults }: { ready: Readiness | undefined; faults: readonly FaultView[] },
): object => {
  const { twin, history, tickSeconds } = subject;
  const { tick } = history;
  return {
    environment: twin.environment,
    minute: minuteOf(history),
    tickSeconds,
    /** Start of the first alarm minute and end of the last one, milliseconds since the epoch. */
    firstMinuteAt: tick ? tick.at - tick.number * minute : null,
    now: tick ? tick.at + minute : null,
    service: serviceView(subject, ready),
    alarms: twin.evaluator.alarms.map((alarm) => alarmView(alarm, history)),
    notifications: (twin.notifications ?? []).map((one) => ({ ...one, at: new Date(one.at).toISOString() })),
    /** Newest last; null where nothing here notes them. */
    changes: twin.changes?.lines().slice(-changesShown) ?? null,
    reports: [...history.outcomes.values()].map(
      ({ functionName, at, durationMs, failed, problems, report }) => ({
        functionName,
        at: at.toISOString(),
        minutesAgo: tick ? Math.round((tick.at - at.getTime()) / minute) : 0,
        durationMs: Math.round(durationMs),
        failed,
        problems,
        report: report ?? null,
      }),
    ),
    faults,
    consumer: twin.consumer
      ? { taken: twin.consumer.taken, again: twin.consumer.again, problem: twin.consumer.problem ?? null }
      : null,
    problems: problemsOf(history, twin),
    leftOut: twin.leftOut,
  };
};
