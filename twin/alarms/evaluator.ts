import type { MetricStore } from '../metrics/index.ts';
import type { Alarm, Notification, Transition } from './alarm.ts';
import { holds } from './composite-rule.ts';
import { type Reading, retrieve } from './datapoints.ts';
import { type AlarmState, decide, type Point } from './decision.ts';
import type {
  AlarmDefinition,
  CompositeAlarmDefinition,
  MathAlarmDefinition,
  MetricAlarmDefinition,
} from './definition.ts';
import type { MuteRule } from './mute-rule.ts';
import { createMuting } from './muting.ts';
import { compositeReason, thresholdReason } from './reasons.ts';
import { createSuppression, type Suppression } from './suppression.ts';
import { checkTiming, lastMoment, minute, rhythmOf, type Timing } from './timing.ts';
import { childrenFirst } from './tree.ts';

export interface AlarmEvaluator {
  alarms: readonly Alarm[];
  /** Every change so far, oldest first. */
  transitions: readonly Transition[];
  /** Every time that actions ran or were muted, oldest first. */
  notifications: readonly Notification[];
  /**
   * Evaluates every alarm as at its last moment up to `now` (milliseconds since the epoch), unless it has been,
   * and runs what waited until now; returns what changed. Moments in between that were left out are not made
   * up for: call it every minute, every 10 s where a period is shorter.
   */
  evaluate(now: number): Transition[];
}

export interface EvaluatorOptions extends Partial<Timing> {
  /**
   * By which rule percentiles are read. CloudWatch does not publish its own: unless told, both must lead to the same side
   * of the threshold, and `PercentileUndecided` is thrown where they do not.
   */
  percentiles?: Reading;
  /** Read at each change: a rule that is added later counts from then on. */
  muteRules?: readonly MuteRule[];
}

/**
 * Alarms begin in INSUFFICIENT_DATA, as CloudWatch creates them, and run their actions on a change only.
 * @throws RangeError for options out of their bounds
 */
export const createEvaluator = (
  definitions: readonly AlarmDefinition[],
  store: MetricStore,
  createdAt: number,
  {
    extraPeriods = 2,
    phaseSeconds = 0,
    ingestionDelaySeconds = 0,
    percentiles,
    muteRules = [],
  }: EvaluatorOptions = {},
): AlarmEvaluator => {
  checkTiming({ extraPeriods, phaseSeconds, ingestionDelaySeconds });
  const alarms = definitions.map(
    (definition): Alarm => ({
      definition,
      state: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      since: createdAt,
      history: [],
    }),
  );
  const byName = new Map(alarms.map((alarm) => [alarm.definition.name, alarm]));
  /** An alarm that is not evaluated has no data. */
  const stateOf = (name: string): AlarmState => byName.get(name)?.state ?? 'INSUFFICIENT_DATA';
  const transitions: Transition[] = [];
  const notifications: Notification[] = [];
  const evaluatedAt = new Map<Alarm, number>();

  const muting = createMuting(
    muteRules,
    ({ alarm, to }) => byName.get(alarm)?.definition.actions[to] ?? [],
    (notification) => {
      const { transition, at, actions, mutedBy } = notification;
      if (at === transition.at && !mutedBy) transition.actions = actions;
      notifications.push(notification);
    },
  );
  const suppressions = new Map<Alarm, Suppression>();
  for (const alarm of alarms)
    if (alarm.definition.kind === 'composite' && alarm.definition.suppressor)
      suppressions.set(alarm, createSuppression(alarm.definition.suppressor, muting.run));

  const change = (alarm: Alarm, to: AlarmState, at: number, reason: string, triggeredBy?: string[]) => {
    const { state: from, definition } = alarm;
    const transition: Transition = {
      ...{ alarm: definition.name, from, to, at, reason, actions: [] },
      ...(triggeredBy && { triggeredBy }),
    };
    Object.assign(alarm, { state: to, reason, since: at, history: [...alarm.history, transition] });
    transitions.push(transition);
    muting.forget(definition.name);
    const suppression = suppressions.get(alarm);
    if (suppression) suppression.changed(transition);
    else muting.run(transition, at);
  };

  const evaluateCompared = (
    alarm: Alarm,
    definition: MetricAlarmDefinition | MathAlarmDefinition,
    now: number,
  ): void => {
    const at = lastMoment(rhythmOf(definition), phaseSeconds, now);
    if (evaluatedAt.get(alarm) === at) return;
    evaluatedAt.set(alarm, at);
    const grid = definition.period < 60 ? 10_000 : minute;
    const data = retrieve(definition, store, {
      end: Math.floor(at / grid) * grid,
      count: definition.evaluationPeriods + extraPeriods,
      visibleUntil: at - ingestionDelaySeconds * 1000,
      percentiles,
    });
    const used = data.filter((point) => point !== undefined).slice(-definition.evaluationPeriods);
    // "If ignore, the alarm state does not change during periods with too few data points."
    if (definition.kind === 'metric' && definition.keepStateOnFewSamples)
      if (used.some(({ fewSamples }) => fewSamples)) return;
    const points = data.map((point): Point => (point ? (point.breaching ? 'breaching' : 'good') : 'missing'));
    const to = decide(points, definition, alarm.state);
    if (to !== alarm.state) change(alarm, to, at, thresholdReason(definition, data, to));
  };

  /** Composite alarms are evaluated when one of their children has changed, and once at first. */
  const evaluateComposite = (
    alarm: Alarm,
    definition: CompositeAlarmDefinition,
    now: number,
    since: number,
  ) => {
    const changed = new Map(transitions.slice(since).map((transition) => [transition.alarm, transition]));
    const causes = definition.children.filter((name) => changed.has(name));
    if (causes.length === 0 && evaluatedAt.has(alarm)) return;
    evaluatedAt.set(alarm, now);
    const to = holds(definition.rule, stateOf) ? 'ALARM' : 'OK';
    if (to === alarm.state) return;
    // A child that went into ALARM explains an ALARM better than one that left it.
    const alike = causes.filter((name) => stateOf(name) === to);
    const triggeredBy = alike.length > 0 ? alike : causes;
    const [first] = triggeredBy;
    const child = first === undefined ? undefined : byName.get(first);
    const at = Math.max(...causes.map((name) => changed.get(name)?.at ?? now), ...(child ? [] : [now]));
    const reason = child
      ? compositeReason({ name: child.definition.name, state: child.state, since: child.since })
      : `${definition.ruleText} was evaluated for the first time`;
    change(alarm, to, at, reason, triggeredBy);
  };

  /** Runs what waits, in the order of time, for as long as it is due. */
  const release = (isDue: (time: number) => boolean): void => {
    for (;;) {
      const waiting = [...suppressions.values(), muting]
        .map((one) => ({ one, due: one.due() ?? Number.POSITIVE_INFINITY }))
        .sort((a, b) => a.due - b.due);
      const [first] = waiting;
      if (!first || !isDue(first.due)) return;
      first.one.release(first.due);
    }
  };

  const order = childrenFirst(alarms);

  return {
    alarms,
    transitions,
    notifications,
    evaluate: (now) => {
      const before = transitions.length;
      const moment = lastMoment(minute, phaseSeconds, now);
      release((due) => due < moment);
      for (const alarm of order) {
        const { definition } = alarm;
        if (definition.kind === 'composite') {
          const { suppressor } = definition;
          const suppressed =
            suppressor && transitions.slice(before).findLast((one) => one.alarm === suppressor.alarm);
          if (suppressed && (suppressed.to === 'ALARM' || suppressed.from === 'ALARM'))
            suppressions.get(alarm)?.suppressorChanged(suppressed.to === 'ALARM', suppressed.at);
          evaluateComposite(alarm, definition, moment, before);
        } else evaluateCompared(alarm, definition, now);
      }
      release((due) => due <= now);
      for (const [alarm, suppression] of suppressions) {
        const by = suppression.suppressedBy();
        Object.assign(alarm, {
          actionsSuppressedBy: by,
          actionsSuppressedReason: by && `Actions suppressed by ${by}`,
        });
      }
      return transitions.slice(before);
    },
  };
};
