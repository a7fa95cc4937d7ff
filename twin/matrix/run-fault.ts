import { setTimeout as sleep } from 'node:timers/promises';
import { type ConditionName, conditions } from '../../core/conditions/index.ts';
import type { AlarmEvaluator } from '../alarms/index.ts';
import { type FaultDefinition, type FaultName, faults } from '../faults/index.ts';
import type { Twin } from '../twin.ts';
import type { Watch } from '../watch.ts';
import { chainTo, conditionOf, expectedAlarms, minutesNeeded } from './expectation.ts';
import { differingAlarms } from './ranges.ts';
import type { AlarmTimes, FaultResult } from './result.ts';
import { lackingOf } from './told.ts';
import type { Traffic } from './traffic.ts';

/** What the runs of all faults have in common. */
export interface Stage {
  twin: Twin;
  prefix: string;
  traffic: Traffic;
  /** Begins to watch anew. */
  watch(): Watch;
  /** Events that are neither taken by the consumer, nor waiting, nor dead. */
  lost(): Promise<number>;
  /** Events that the relay has not delivered. */
  undelivered(): Promise<number>;
}

/** Ranges that are tried beside the usual one, N + 2. */
export const otherRanges = [1, 3] as const;

/** A breaker must let its dependency back in within a minute of its recovery. */
const mostRecoverySeconds = 60;

/** Longest that a fault stands for what follows from it; for what it breaks itself it stands as long as that needs. */
const mostStanding = 22;

/** Minutes of quiet before a fault, and the most that are waited for alarms to be over. */
const quietMinutes = 3;
const recoveryMinutes = 45;

/** Alarms that remember: they are over when their window is, hours later. */
const remembers: ReadonlySet<ConditionName> = new Set(['errors-1h', 'error-budget-draining']);

interface Seen {
  health: Set<string>;
  ready: Set<string>;
  loadBalancer: Set<string>;
  causes: Set<string>;
}

const statusOf = async (url: string): Promise<string> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return String(response.status);
  } catch {
    return 'no answer';
  }
};

/** Lets one alarm minute pass, with users in it. */
const minute = async ({ twin, traffic }: Stage, { clock }: Watch, seen?: Seen): Promise<void> => {
  await traffic.minute();
  const { outcomes } = await clock.tick();
  if (!seen) return;
  for (const { report } of outcomes)
    for (const check of report?.checks ?? []) if (!check.ok && check.cause) seen.causes.add(check.cause);
  const address = twin.service.address();
  const task = async (path: string): Promise<string> =>
    address === undefined ? 'no task' : statusOf(`http://${address}${path}`);
  const [health, ready, loadBalancer] = await Promise.all([
    task('/health'),
    task('/ready'),
    task('/health/alb'),
  ]);
  seen.health.add(health);
  seen.ready.add(ready);
  seen.loadBalancer.add(loadBalancer);
};

/**
 * Real seconds until users are served again, the service calls itself healthy, and no event waits: breakers, pools and monitors recover
 * in real time, whatever the alarm clock says.
 */
const recovered = async ({ twin, traffic, undelivered }: Stage): Promise<number> => {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1_000;
  for (;;) {
    const good =
      (await traffic.works()) &&
      (await twin.service.askHealth()).said === 'healthy' &&
      (await undelivered()) === 0;
    if (good || seconds() > mostRecoverySeconds) return Math.round(seconds() * 10) / 10;
    await sleep(200);
  }
};

const inAlarm = (prefix: string, { alarms }: AlarmEvaluator): ConditionName[] =>
  alarms
    .filter(({ state }) => state === 'ALARM')
    .map(({ definition }) => conditionOf(prefix, definition.name));

/** The minute, counted from 1, in which each alarm was first seen in alarm. */
const noteFirst = (
  prefix: string,
  evaluator: AlarmEvaluator,
  number: number,
  first: Map<ConditionName, number>,
): void => {
  for (const name of inAlarm(prefix, evaluator)) if (!first.has(name)) first.set(name, number);
};

/**
 * Injects a fault, lets it stand for as long as the slowest of its alarms needs, lifts it, and waits until its
 * alarms are over.
 */
export const runFault = async (stage: Stage, name: FaultName): Promise<FaultResult> => {
  const began = performance.now();
  const { twin, prefix } = stage;
  const fault: FaultDefinition = faults[name];
  const watch = stage.watch();
  const { evaluator, others } = watch;
  const definitions = new Map(
    evaluator.alarms.map(({ definition }) => [conditionOf(prefix, definition.name), definition]),
  );
  const neededBy = (alarm: string): number => {
    const definition = definitions.get(conditionOf(prefix, alarm));
    return definition ? minutesNeeded(definition, neededBy) : 0;
  };
  const needed = (one: ConditionName): number => neededBy(`${prefix}-${one}`);
  const following = expectedAlarms(fault, new Set(definitions.keys()));
  const roots = fault.breaks.filter((one) => definitions.has(one)).map(needed);
  const all = [...following].map(needed).filter((minutes) => minutes <= mostStanding);
  const standing = 2 + Math.max(2, fault.minutes ?? 0, ...roots, ...all);
  // What would take hours to follow has no time to.
  const expected = new Set([...following].filter((one) => needed(one) <= standing));
  const problems: string[] = [];
  const seen: Seen = { health: new Set(), ready: new Set(), loadBalancer: new Set(), causes: new Set() };

  for (let count = 0; count < quietMinutes; count += 1) await minute(stage, watch);
  const early = inAlarm(prefix, evaluator);
  if (early.length > 0) problems.push(`in alarm before the fault: ${early.join(', ')}`);
  const droppedBefore = twin.service.status().dropped;

  const toldBefore = twin.notifications.length;
  const first = new Map<ConditionName, number>();
  const firstOfOthers = others.map(() => new Map<ConditionName, number>());
  await twin.inject(name);
  try {
    for (let number = 1; number <= standing; number += 1) {
      await minute(stage, watch, seen);
      noteFirst(prefix, evaluator, number, first);
      others.forEach((other, index) => {
        noteFirst(prefix, other, number, firstOfOthers[index] as Map<ConditionName, number>);
      });
    }
  } finally {
    await twin.lift(name);
  }

  const recoverySeconds = await recovered(stage);
  if (recoverySeconds > mostRecoverySeconds)
    problems.push(`users were not served ${mostRecoverySeconds} s after the fault was over`);

  const over = new Map<ConditionName, number>();
  const waiting = (): ConditionName[] => inAlarm(prefix, evaluator).filter((one) => !remembers.has(one));
  for (let number = 1; number <= recoveryMinutes; number += 1) {
    await minute(stage, watch);
    noteFirst(prefix, evaluator, standing + number, first);
    const left = new Set(inAlarm(prefix, evaluator));
    for (const one of first.keys()) if (!left.has(one) && !over.has(one)) over.set(one, number);
    if (waiting().length === 0) break;
  }
  const stuck = waiting();
  if (stuck.length > 0)
    problems.push(`still in alarm ${recoveryMinutes} minutes after the fault: ${stuck.join(', ')}`);

  const fired = [...first.keys()];
  const missed = [...expected].filter((one) => !first.has(one));
  const unexpected = fired.filter((one) => !expected.has(one));
  const messagesLost = await stage.lost();
  const targetsDropped = twin.service.status().dropped - droppedBefore;
  const reported = [...seen.causes];
  if (missed.length > 0)
    problems.push(
      `did not go off: ${missed.map((one) => chainTo(fault.breaks, one).join(' → ')).join(', ')}`,
    );
  if (unexpected.length > 0) problems.push(`went off and should not have: ${unexpected.join(', ')}`);
  if (fault.cause && !seen.causes.has(fault.cause))
    problems.push(`no report named ${fault.cause}; they named ${reported.join(', ') || 'nothing'}`);
  const told = twin.notifications.slice(toldBefore);
  const pages = new Set(
    told.filter(({ severity, raw }) => severity === 'page' && !raw).map((one) => one.threadKey),
  );
  if (expected.has('user-impact') !== pages.size > 0 || pages.size > 1)
    problems.push(`people were paged in ${pages.size} threads: ${[...pages].join(', ') || 'none'}`);
  const explained = fault.breaks.some((one) => conditions[one].report !== undefined);
  const notified = fault.cause !== undefined && told.some(({ text }) => text.includes(fault.cause as string));
  if (fault.cause && explained && !notified)
    problems.push(`no notification named ${fault.cause}; there were ${told.length}`);
  const brokenAndTold = fault.breaks.filter((one) => first.has(one));
  problems.push(...lackingOf(prefix, brokenAndTold, told));
  if (targetsDropped > 0) problems.push(`the load balancer dropped ${targetsDropped} healthy targets`);
  if (messagesLost > 0) problems.push(`${messagesLost} messages were lost`);
  for (const [index, others] of firstOfOthers.entries()) {
    const different = differingAlarms(first, others, standing);
    if (different.length > 0)
      problems.push(`under N+${otherRanges[index]} the alarms differ: ${different.join(', ')}`);
  }
  const timesOf = (one: ConditionName): AlarmTimes => ({
    minutes: first.get(one),
    recovery: over.get(one),
    ranges: Object.fromEntries(
      firstOfOthers.map((others, index) => [`N+${otherRanges[index]}`, others.get(one)]),
    ),
  });
  return {
    name,
    doc: fault.doc,
    driven: fault.driven,
    breaks: fault.breaks,
    ok: problems.length === 0,
    problems,
    expected: [...expected],
    fired,
    missed,
    unexpected,
    alarms: Object.fromEntries(fired.map((one) => [one, timesOf(one)])),
    minutesToPage: first.get('user-impact') ?? null,
    minutesToRecovery: over.get('user-impact') ?? null,
    recoverySeconds,
    cause: { expected: fault.cause ?? null, reported, notified },
    notifications: told.map(({ minute: at, severity, subject, threadKey, raw }) => ({
      minute: at,
      severity,
      subject: subject ?? null,
      thread: threadKey ?? null,
      raw,
    })),
    health: [...seen.health],
    ready: [...seen.ready],
    loadBalancer: [...seen.loadBalancer],
    targetsDropped,
    messagesLost,
    seconds: Math.round((performance.now() - began) / 100) / 10,
  };
};
