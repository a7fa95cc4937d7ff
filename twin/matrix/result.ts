import type { ConditionName } from '../../core/conditions/index.ts';
import { type FaultDefinition, type FaultName, faults } from '../faults/index.ts';

/** Alarm minutes of one alarm under one fault; undefined where it did not go off, or not back. */
export interface AlarmTimes {
  /** From the injection until it was in alarm. */
  minutes: number | undefined;
  /** From the lift until it was not. */
  recovery: number | undefined;
  /** `minutes` under other evaluation ranges, by the datapoints beyond the evaluation periods. */
  ranges: Record<string, number | undefined>;
}

/** What happened under one fault. */
export interface FaultResult {
  name: string;
  doc: string;
  driven: boolean;
  breaks: readonly string[];
  ok: boolean;
  /** Sentences, one for each thing that is not as it should be. */
  problems: string[];
  expected: ConditionName[];
  fired: ConditionName[];
  missed: ConditionName[];
  unexpected: ConditionName[];
  alarms: Record<string, AlarmTimes>;
  /** Alarm minutes until users' impact paged; null where it does not. */
  minutesToPage: number | null;
  /** Alarm minutes from the lift until the page was over; null without one. */
  minutesToRecovery: number | null;
  /** Real seconds from the lift until users were served again. */
  recoverySeconds: number;
  /** The cause that is expected, those that reports named, and whether people were told the expected one. */
  cause: { expected: string | null; reported: string[]; notified: boolean };
  /** What people were sent. */
  notifications: {
    minute: number;
    severity: 'page' | 'ticket';
    subject: string | null;
    thread: string | null;
    raw: boolean;
  }[];
  /** What each path said, in the order in which it was first said. */
  health: string[];
  ready: string[];
  loadBalancer: string[];
  /** Healthy tasks that the load balancer took out while their process ran. */
  targetsDropped: number;
  /** Registrations that were acknowledged and whose events are nowhere. */
  messagesLost: number;
  seconds: number;
}

/** The result of a fault that could not be run to its end. */
export const notRun = (name: FaultName, why: string): FaultResult => {
  const { doc, driven, breaks, cause }: FaultDefinition = faults[name];
  return {
    ...{ name, doc, driven, breaks, ok: false, problems: [`it could not be run: ${why}`] },
    ...{ expected: [], fired: [], missed: [], unexpected: [], alarms: {} },
    ...{ minutesToPage: null, minutesToRecovery: null, recoverySeconds: 0 },
    cause: { expected: cause ?? null, reported: [], notified: false },
    ...{ notifications: [], health: [], ready: [], loadBalancer: [] },
    ...{ targetsDropped: 0, messagesLost: 0, seconds: 0 },
  };
};
